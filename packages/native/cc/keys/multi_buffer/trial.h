#ifndef LATCHKEY_KEYS_MULTI_BUFFER_TRIAL_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_TRIAL_H_

#include <time.h>

#include <memory>
#include <vector>

#include "keys/operation.h"

namespace latchkey::keys::multi_buffer {

// Operations with a test key, to see whether somebody performs them right, and how fast.
class Trial {
 public:
  Trial(std::shared_ptr<const Key> key, size_t count);

  // Zeros but for one bit, all bits 1, which are more than any order, and random ones. Returns false if the generator
  // fails.
  bool ChooseInputs();
  void CopyInputs(const Trial& other) { inputs_ = other.inputs_; }

  Operation* const* operations() const { return pointers_.data(); }
  size_t count() const { return pointers_.size(); }

 private:
  uint8_t* Input(size_t i) { return inputs_.data() + i * input_length_; }

  const Scheme& scheme_;
  const size_t input_length_;
  std::vector<uint8_t> inputs_;
  std::vector<uint8_t> answers_;
  std::vector<Operation> operations_;
  std::vector<Operation*> pointers_;
};

// Whether an operation has succeeded as OpenSSL's has with the same input: with the same result, or a signature that
// OpenSSL accepts where there are many.
bool IsRight(const Operation& result, const Operation& expected);

// Of this thread, whatever else the machine does meanwhile.
inline double CpuMicroseconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

template <typename Action>
double MicrosecondsOf(Action action) {
  const double start = CpuMicroseconds();
  action();
  return CpuMicroseconds() - start;
}

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_TRIAL_H_
