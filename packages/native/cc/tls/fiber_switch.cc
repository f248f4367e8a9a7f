#include "tls/fiber_switch.h"

#include <cstdint>
#include <cstring>

#ifdef LATCHKEY_FIBERS_BY_UCONTEXT

namespace latchkey::tls {

void ExecutionState::Prepare(unsigned char* stack, size_t size, void (*entry)()) {
  // Cannot fail: getcontext's only error is a bad address.
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack;
  context_.uc_stack.ss_size = size;
  context_.uc_link = nullptr;
  makecontext(&context_, entry, 0);
}

void ExecutionState::Switch(ExecutionState& from, ExecutionState& to) { swapcontext(&from.context_, &to.context_); }

}  // namespace latchkey::tls

#else

// What the System V ABI has a function preserve: rbx, rbp, r12 to r15, and the control words of SSE and x87.
// ucontext would do the same with a system call for the signal mask.
asm(R"(
  .text
  .p2align 4
  .hidden latchkey_fiber_switch
  .globl latchkey_fiber_switch
  .type latchkey_fiber_switch, @function
latchkey_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $8, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size latchkey_fiber_switch, . - latchkey_fiber_switch
)");

extern "C" void latchkey_fiber_switch(void** from, void* to);

namespace latchkey::tls {

namespace {

// What latchkey_fiber_switch pops, lowest address first.
struct Frame {
  uint32_t sse_control = 0x1f80;
  // The lower half is the control word, the rest is not read.
  uint32_t x87_control = 0x037f;
  uint64_t r15 = 0, r14 = 0, r13 = 0, r12 = 0, rbx = 0, rbp = 0;
  void (*return_address)() = nullptr;
  // The entry's own return address: ends a debugger's backtrace, and leaves the stack aligned as after a call.
  uint64_t end = 0;
};

}  // namespace

void ExecutionState::Prepare(unsigned char* stack, size_t size, void (*entry)()) {
  Frame frame;
  frame.return_address = entry;
  static_assert(sizeof frame % 16 == 8, "the entry's stack pointer must be 8 below a multiple of 16");
  unsigned char* top = stack + size - sizeof frame;
  std::memcpy(top, &frame, sizeof frame);
  stack_pointer_ = top;
}

void ExecutionState::Switch(ExecutionState& from, ExecutionState& to) {
  latchkey_fiber_switch(&from.stack_pointer_, to.stack_pointer_);
}

}  // namespace latchkey::tls

#endif
