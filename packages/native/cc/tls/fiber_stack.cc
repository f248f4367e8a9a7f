#include "tls/fiber_stack.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace latchkey::tls {

namespace {

// OpenSSL's handshakes have been seen to use 12 kB.
#ifdef __SANITIZE_ADDRESS__
constexpr size_t kSize = 512 * 1024;
#else
constexpr size_t kSize = 64 * 1024;
#endif

size_t PageSize() {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

// What mincore writes.
#ifdef __linux__
using Residency = unsigned char;
#else
using Residency = char;
#endif

}  // namespace

FiberStack::FiberStack() {
  void* mapping = mmap(nullptr, PageSize() + kSize, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapping == MAP_FAILED) return;
  mapping_ = static_cast<unsigned char*>(mapping);
  if (mprotect(mapping_, PageSize(), PROT_NONE) != 0) Unmap();
}

FiberStack::~FiberStack() {
  if (mapping_ != nullptr) Unmap();
}

unsigned char* FiberStack::bottom() const { return mapping_ + PageSize(); }

size_t FiberStack::size() const { return kSize; }

// Stacks grow downwards and a page is there once it was touched: the lowest that is there says how deep it went.
size_t FiberStack::HighWaterMark() const {
  std::vector<Residency> pages(kSize / PageSize());
  if (mincore(bottom(), kSize, pages.data()) != 0) return 0;
  const auto lowest = std::find_if(pages.begin(), pages.end(), [](Residency page) { return (page & 1) != 0; });
  return static_cast<size_t>(pages.end() - lowest) * PageSize();
}

void FiberStack::Unmap() {
#ifdef __SANITIZE_ADDRESS__
  // What was poisoned for the fiber's variables would stay so for the next mapping there.
  __asan_unpoison_memory_region(mapping_, PageSize() + kSize);
#endif
  munmap(mapping_, PageSize() + kSize);
  mapping_ = nullptr;
}

}  // namespace latchkey::tls
