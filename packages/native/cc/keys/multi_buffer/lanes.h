#ifndef LATCHKEY_KEYS_MULTI_BUFFER_LANES_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_LANES_H_

#include <array>
#include <cstddef>

#include "keys/multi_buffer/algorithm.h"
#include "keys/multi_buffer/library.h"
#include "keys/operation.h"
#include "support/wipe_stack.h"

namespace latchkey::keys::multi_buffer {

// Each performs 1 to kLanes operations of one algorithm in one call of the library and fills in answer and
// answer_length of each that succeeds and sets its status to kOk. The others are left as they are, for OpenSSL.
//
// A call takes as long for one operation as for eight. Spare lanes repeat the first operation, its answer included:
// empty ones would be slower.
void PerformRsa(const Library& library, Operation* const* operations, size_t count);
void PerformEcdsa(const Library& library, Operation* const* operations, size_t count);
void PerformEd25519(const Library& library, Operation* const* operations, size_t count);
void PerformInLanes(const Library& library, Algorithm algorithm, Operation* const* operations, size_t count);

// Whether the lanes can perform an operation whose key they can serve. They cannot where it has no result, or one that
// is not computed: OpenSSL then does what is to be done.
bool FitsRsaLanes(const Operation& operation);

// One pointer for each lane; `pointer_to` is asked for that of each operation.
template <typename PointerTo>
auto FillLanes(size_t count, PointerTo pointer_to) {
  std::array<decltype(pointer_to(size_t{0})), kLanes> pointers;
  for (size_t lane = 0; lane < kLanes; ++lane) pointers[lane] = pointer_to(lane < count ? lane : 0);
  return pointers;
}

// The library wipes its copies of keys and nonces on the stack, but not all that it computed from them. Its functions
// were seen to use up to 21 kB.
inline constexpr size_t kLibraryStack = 32 * 1024;

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_LANES_H_
