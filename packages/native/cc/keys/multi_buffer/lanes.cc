#include "keys/multi_buffer/lanes.h"

namespace latchkey::keys::multi_buffer {

void PerformInLanes(const Library& library, Algorithm algorithm, Operation* const* operations, size_t count) {
  switch (algorithm) {
    case Algorithm::kRsa2048:
    case Algorithm::kRsa3072:
    case Algorithm::kRsa4096:
      return PerformRsa(library, operations, count);
    case Algorithm::kP256:
    case Algorithm::kP384:
    case Algorithm::kP521:
      return PerformEcdsa(library, operations, count);
    case Algorithm::kEd25519:
      return PerformEd25519(library, operations, count);
  }
}

}  // namespace latchkey::keys::multi_buffer
