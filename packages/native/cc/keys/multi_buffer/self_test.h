#ifndef LATCHKEY_KEYS_MULTI_BUFFER_SELF_TEST_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_SELF_TEST_H_

#include "keys/multi_buffer/algorithm.h"
#include "keys/multi_buffer/library.h"

namespace latchkey::keys::multi_buffer {

// In microseconds.
struct Costs {
  // Of one operation.
  double openssl;
  // Of a call for one to kLanes operations.
  double lanes;
};

struct SelfTest {
  bool passed;
  Costs costs;
};

// Has the library and OpenSSL do the same operations, with fixed and with random inputs. The library passes if all
// succeed and those results that can be alike are, and OpenSSL accepts the others. Measures both in passing.
SelfTest TestAlgorithm(const Library& library, Algorithm algorithm);

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_SELF_TEST_H_
