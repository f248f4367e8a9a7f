#include "tls/fiber.h"

#include <algorithm>
#include <atomic>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace latchkey::tls {

namespace {

// Per thread; what a burst leaves behind beyond this is given back to the system.
constexpr size_t kMaximumPooled = 256;

std::atomic<size_t> fibers_in_use = 0;
std::atomic<size_t> fibers_pooled = 0;

// AddressSanitizer must be told of every change of stack.
#ifdef __SANITIZE_ADDRESS__
void LeaveStack(void** fake_stack, const void* next, size_t size) {
  __sanitizer_start_switch_fiber(fake_stack, next, size);
}
void ArriveOnStack(void* fake_stack, const void** previous, size_t* size) {
  __sanitizer_finish_switch_fiber(fake_stack, previous, size);
}
#else
void LeaveStack(void**, const void*, size_t) {}
void ArriveOnStack(void*, const void**, size_t*) {}
#endif

}  // namespace

class Fiber::Pool {
 public:
  Pool() = default;
  ~Pool() { fibers_pooled -= idle_.size(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  std::unique_ptr<Fiber> Take() {
    if (idle_.empty()) return std::unique_ptr<Fiber>(new Fiber());
    std::unique_ptr<Fiber> fiber = std::move(idle_.back());
    idle_.pop_back();
    --fibers_pooled;
    return fiber;
  }

  void Return(std::unique_ptr<Fiber> fiber) {
    if (idle_.size() == kMaximumPooled) return;
    idle_.push_back(std::move(fiber));
    ++fibers_pooled;
  }

  size_t StackHighWaterMark() const {
    size_t mark = 0;
    for (const auto& fiber : idle_) mark = std::max(mark, fiber->stack_.HighWaterMark());
    return mark;
  }

  static Pool& OfThisThread() {
    static thread_local Pool pool;
    return pool;
  }

 private:
  std::vector<std::unique_ptr<Fiber>> idle_;
};

Fiber::Fiber() {
  if (stack_.valid()) inside_.Prepare(stack_.bottom(), stack_.size(), Main);
}

Fiber::Pointer Fiber::Acquire(void (*body)(void*), void* argument) {
  std::unique_ptr<Fiber> fiber = Pool::OfThisThread().Take();
  if (!fiber->stack_.valid()) return nullptr;
  fiber->body_ = body;
  fiber->argument_ = argument;
  fiber->finished_ = false;
  ++fibers_in_use;
  return Pointer(fiber.release());
}

void Fiber::Returner::operator()(Fiber* fiber) const {
  --fibers_in_use;
  Pool::OfThisThread().Return(std::unique_ptr<Fiber>(fiber));
}

bool Fiber::Run() {
  current_ = this;
  LeaveStack(&outside_fake_stack_, stack_.bottom(), stack_.size());
  ExecutionState::Switch(outside_, inside_);
  ArriveOnStack(outside_fake_stack_, nullptr, nullptr);
  current_ = nullptr;
  return finished_;
}

void Fiber::Suspend() { current_->Leave(); }

// Back to where Run was called.
void Fiber::Leave() {
  LeaveStack(&inside_fake_stack_, outside_stack_, outside_stack_size_);
  ExecutionState::Switch(inside_, outside_);
  ArriveOnStack(inside_fake_stack_, &outside_stack_, &outside_stack_size_);
}

// The bottom of every fiber's stack: a finished one waits here for its next body.
void Fiber::Main() {
  Fiber& self = *current_;
  ArriveOnStack(nullptr, &self.outside_stack_, &self.outside_stack_size_);
  for (;;) {
    self.body_(self.argument_);
    self.finished_ = true;
    self.Leave();
  }
}

Fiber::Statistics Fiber::GetStatistics() {
  return {fibers_in_use, fibers_pooled, Pool::OfThisThread().StackHighWaterMark()};
}

}  // namespace latchkey::tls
