#include "keys/multi_buffer/self_test.h"

#include <openssl/rand.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "keys/multi_buffer/lanes.h"
#include "keys/multi_buffer/test_keys.h"
#include "keys/openssl_executor.h"
#include "support/error_scope.h"

namespace latchkey::keys::multi_buffer {

namespace {

// The fastest of as many runs: others may use the machine too.
constexpr int kRuns = 3;

// An operation that needs least besides the private key: RSA takes and gives bare numbers.
uint8_t OperationCodeFor(KeyType type) {
  constexpr uint8_t kDecryptBlock = 0x01;
  constexpr uint8_t kEcdsaSha512 = 0x17;
  constexpr uint8_t kEd25519 = 0x18;
  if (type == KeyType::kEcdsa) return kEcdsaSha512;
  return type == KeyType::kEd25519 ? kEd25519 : kDecryptBlock;
}

// One operation for each lane, with its input and room for its answer.
class Round {
 public:
  Round(std::shared_ptr<const Key> key, const Scheme& scheme)
      : input_length_(scheme.primitive == Primitive::kRsaBlock ? key->maximum_answer_length() : kDigestLength),
        inputs_(kLanes * input_length_),
        answers_(kLanes * key->maximum_answer_length()) {
    for (size_t i = 0; i < kLanes; ++i) {
      operations_[i].key = key;
      operations_[i].scheme = &scheme;
      operations_[i].payload = {inputs_.data() + i * input_length_, input_length_};
      operations_[i].answer = answers_.data() + i * key->maximum_answer_length();
      pointers_[i] = &operations_[i];
    }
  }

  // Zeros but for one bit, all bits 1, which are more than any order, and random ones. ECDSA digests of 0, which never
  // occur, are something the library leaves to others.
  bool ChooseInputs() {
    if (RAND_bytes(inputs_.data(), static_cast<int>(inputs_.size())) != 1) return false;
    std::fill_n(Input(0), input_length_, uint8_t{0});
    Input(0)[0] = 1;
    std::fill_n(Input(1), input_length_, uint8_t{0xff});
    // Below every modulus, whose highest bit is set.
    if (operations_[0].scheme->primitive == Primitive::kRsaBlock) {
      for (size_t i = 0; i < kLanes; ++i) Input(i)[0] &= 0x7f;
    }
    return true;
  }

  void CopyInputs(const Round& other) { std::copy(other.inputs_.begin(), other.inputs_.end(), inputs_.begin()); }

  Operation* const* operations() const { return pointers_.data(); }

 private:
  // SHA-512's, which is longer than P-256 and P-384 take.
  static constexpr size_t kDigestLength = 64;

  uint8_t* Input(size_t i) { return inputs_.data() + i * input_length_; }

  const size_t input_length_;
  std::vector<uint8_t> inputs_;
  std::vector<uint8_t> answers_;
  std::array<Operation, kLanes> operations_;
  std::array<Operation*, kLanes> pointers_;
};

// Of this thread, whatever else the machine does meanwhile.
double CpuMicroseconds() {
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

bool IsAccepted(const Operation& operation) {
  const KeyContextPointer context(EVP_PKEY_CTX_new_from_pkey(nullptr, operation.key->pkey(), nullptr));
  return context && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_verify(context.get(), operation.answer, operation.answer_length, operation.payload.data,
                         operation.payload.size) == 1;
}

bool IsRight(const Operation& result, const Operation& expected) {
  if (result.status != Status::kOk || expected.status != Status::kOk) return false;
  if (result.scheme->primitive == Primitive::kEcdsa) return IsAccepted(result);
  return std::equal(result.answer, result.answer + result.answer_length, expected.answer,
                    expected.answer + expected.answer_length);
}

}  // namespace

SelfTest TestAlgorithm(const Library& library, Algorithm algorithm) {
  const ErrorScope errors;
  SelfTest test{true, {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()}};
  const std::shared_ptr<const Key> key = MakeTestKey(algorithm);
  if (!key) return {false, {}};
  const Scheme& scheme = *FindScheme(OperationCodeFor(key->type()));
  Round in_lanes(key, scheme);
  Round with_openssl(key, scheme);
  if (!in_lanes.ChooseInputs()) return {false, {}};
  with_openssl.CopyInputs(in_lanes);

  for (int run = 0; run < kRuns; ++run) {
    test.costs.lanes = std::min(test.costs.lanes, MicrosecondsOf([&] {
      PerformInLanes(library, algorithm, in_lanes.operations(), kLanes);
    }));
  }
  for (size_t i = 0; i < kLanes; ++i) {
    test.costs.openssl = std::min(test.costs.openssl, MicrosecondsOf([&] {
      PerformWithOpenssl(with_openssl.operations() + i, 1);
    }));
    test.passed = test.passed && IsRight(*in_lanes.operations()[i], *with_openssl.operations()[i]);
  }
  return test;
}

}  // namespace latchkey::keys::multi_buffer
