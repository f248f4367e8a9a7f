#include "tls/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "tls/fiber_switch.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace latchkey::tls {

namespace {

// OpenSSL's handshakes have been seen to use 8 kB. Only pages that were touched take memory.
#ifdef __SANITIZE_ADDRESS__
constexpr size_t kStackSize = 512 * 1024;
#else
constexpr size_t kStackSize = 64 * 1024;
#endif

// Per thread; what a burst leaves behind beyond this is given back to the system.
constexpr size_t kMaximumPooled = 256;

std::atomic<size_t> fibers_in_use = 0;
std::atomic<size_t> fibers_pooled = 0;

size_t PageSize() {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

// A mapping with a page below the stack that nothing may touch.
class Stack {
 public:
  Stack() {
    void* mapping = mmap(nullptr, PageSize() + kStackSize, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (mapping == MAP_FAILED) return;
    mapping_ = static_cast<unsigned char*>(mapping);
    if (mprotect(mapping_, PageSize(), PROT_NONE) != 0) Unmap();
  }
  ~Stack() {
    if (mapping_ != nullptr) Unmap();
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  bool valid() const { return mapping_ != nullptr; }
  unsigned char* bottom() const { return mapping_ + PageSize(); }

  // Stacks grow downwards and their pages are there once touched, so the lowest that is there says how deep it went.
  size_t HighWaterMark() const {
    std::vector<unsigned char> resident(kStackSize / PageSize());
    if (mincore(bottom(), kStackSize, reinterpret_cast<ResidencyByte*>(resident.data())) != 0) return 0;
    const auto lowest = std::find_if(resident.begin(), resident.end(), [](unsigned char page) { return page & 1; });
    return static_cast<size_t>(resident.end() - lowest) * PageSize();
  }

 private:
#ifdef __linux__
  using ResidencyByte = unsigned char;
#else
  using ResidencyByte = char;
#endif

  void Unmap() {
#ifdef __SANITIZE_ADDRESS__
    __asan_unpoison_memory_region(mapping_, PageSize() + kStackSize);
#endif
    munmap(mapping_, PageSize() + kStackSize);
    mapping_ = nullptr;
  }

  unsigned char* mapping_ = nullptr;
};

class PooledFiber final : public Fiber {
 public:
  PooledFiber() {
    if (stack_.valid()) inside_.Prepare(stack_.bottom(), kStackSize, Main);
  }

  bool valid() const { return stack_.valid(); }
  size_t StackHighWaterMark() const { return stack_.HighWaterMark(); }

  void SetBody(void (*body)(void*), void* argument) {
    body_ = body;
    argument_ = argument;
    finished_ = false;
  }

  // Runs the fiber until it suspends or finishes.
  bool Enter() {
    PooledFiber* const outer = current_;
    current_ = this;
    LeaveStack(&outside_fake_stack_, stack_.bottom(), kStackSize);
    ExecutionState::Switch(outside_, inside_);
    ArriveOnStack(outside_fake_stack_, nullptr, nullptr);
    current_ = outer;
    return finished_;
  }

  // Called on the fiber: back to where Enter was called.
  void Leave() {
    LeaveStack(&inside_fake_stack_, outside_stack_, outside_stack_size_);
    ExecutionState::Switch(inside_, outside_);
    ArriveOnStack(inside_fake_stack_, &outside_stack_, &outside_stack_size_);
  }

  static PooledFiber& Current() { return *current_; }

 private:
  // A finished fiber waits here for its next body.
  [[noreturn]] static void Main() {
    PooledFiber& self = Current();
    ArriveOnStack(nullptr, &self.outside_stack_, &self.outside_stack_size_);
    for (;;) {
      self.body_(self.argument_);
      self.finished_ = true;
      self.Leave();
    }
  }

  // AddressSanitizer must be told of every change of stack.
#ifdef __SANITIZE_ADDRESS__
  static void LeaveStack(void** fake_stack, const void* next, size_t size) {
    __sanitizer_start_switch_fiber(fake_stack, next, size);
  }
  static void ArriveOnStack(void* fake_stack, const void** previous, size_t* size) {
    __sanitizer_finish_switch_fiber(fake_stack, previous, size);
  }
#else
  static void LeaveStack(void**, const void*, size_t) {}
  static void ArriveOnStack(void*, const void**, size_t*) {}
#endif

  static inline thread_local PooledFiber* current_ = nullptr;

  Stack stack_;
  ExecutionState inside_;
  ExecutionState outside_;
  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
  bool finished_ = true;
  // For AddressSanitizer.
  void* inside_fake_stack_ = nullptr;
  void* outside_fake_stack_ = nullptr;
  const void* outside_stack_ = nullptr;
  size_t outside_stack_size_ = 0;
};

class Pool {
 public:
  Pool() = default;
  ~Pool() { fibers_pooled -= idle_.size(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  std::unique_ptr<PooledFiber> Take() {
    if (idle_.empty()) return std::make_unique<PooledFiber>();
    std::unique_ptr<PooledFiber> fiber = std::move(idle_.back());
    idle_.pop_back();
    --fibers_pooled;
    return fiber;
  }

  void Return(std::unique_ptr<PooledFiber> fiber) {
    if (idle_.size() == kMaximumPooled) return;
    idle_.push_back(std::move(fiber));
    ++fibers_pooled;
  }

  size_t StackHighWaterMark() const {
    size_t mark = 0;
    for (const auto& fiber : idle_) mark = std::max(mark, fiber->StackHighWaterMark());
    return mark;
  }

  static Pool& OfThisThread() {
    static thread_local Pool pool;
    return pool;
  }

 private:
  std::vector<std::unique_ptr<PooledFiber>> idle_;
};

}  // namespace

Fiber::Pointer Fiber::Acquire() {
  std::unique_ptr<PooledFiber> fiber = Pool::OfThisThread().Take();
  if (!fiber->valid()) return nullptr;
  ++fibers_in_use;
  return Pointer(fiber.release());
}

void Fiber::Returner::operator()(Fiber* fiber) const {
  --fibers_in_use;
  Pool::OfThisThread().Return(std::unique_ptr<PooledFiber>(static_cast<PooledFiber*>(fiber)));
}

bool Fiber::Start(void (*body)(void*), void* argument) {
  auto& self = static_cast<PooledFiber&>(*this);
  self.SetBody(body, argument);
  return self.Enter();
}

bool Fiber::Resume() { return static_cast<PooledFiber&>(*this).Enter(); }

void Fiber::Suspend() { PooledFiber::Current().Leave(); }

Fiber::Statistics Fiber::GetStatistics() {
  return {fibers_in_use, fibers_pooled, Pool::OfThisThread().StackHighWaterMark()};
}

}  // namespace latchkey::tls
