#ifndef LATCHKEY_TLS_FIBER_SWITCH_H_
#define LATCHKEY_TLS_FIBER_SWITCH_H_

#include <cstddef>

#if !defined(__x86_64__) || defined(LATCHKEY_UCONTEXT)
#define LATCHKEY_FIBERS_BY_UCONTEXT
#include <ucontext.h>
#endif

namespace latchkey::tls {

// Where a thread of execution stands: its stack pointer, everything else being saved on the stack; or, where no assembly
// is written for the processor, what ucontext keeps of it.
class ExecutionState {
 public:
  // Prepares a state that begins with `entry`, which must not return, on the stack given.
  void Prepare(unsigned char* stack, size_t size, void (*entry)());

  // Leaves `from`, which is where the caller then stands, for `to`. Returns when somebody switches back.
  static void Switch(ExecutionState& from, ExecutionState& to);

 private:
#ifdef LATCHKEY_FIBERS_BY_UCONTEXT
  ucontext_t context_ = {};
#else
  void* stack_pointer_ = nullptr;
#endif
};

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_FIBER_SWITCH_H_
