#include "support/premaster_padding.h"

#include <cstdint>

namespace latchkey {

namespace {

// Hides a value from the optimiser, which must not find out that it is a boolean and branch on it.
uint32_t Opaque(uint32_t value) {
  asm volatile("" : "+r"(value));
  return value;
}

// All bits set where `value`, of which only the low byte may be set, is 0, and none otherwise.
uint32_t MaskOfZero(uint32_t value) { return Opaque(0u - ((value - 1u) >> 31)); }

uint32_t MaskOfEqual(uint32_t one, uint32_t other) { return MaskOfZero(one ^ other); }

}  // namespace

// 00 02, padding without zeros, 00, client version, 46 random bytes (RFC 8017, section 7.2.2).
void UnpadPremaster(ByteView block, unsigned client_version, unsigned char (&premaster)[kPremasterLength]) {
  const size_t secret = block.size - kPremasterLength;
  uint32_t good = MaskOfZero(block.data[0]) & MaskOfEqual(block.data[1], 2);
  for (size_t i = 2; i < secret - 1; ++i) good &= ~MaskOfZero(block.data[i]);
  good &= MaskOfZero(block.data[secret - 1]);
  good &= MaskOfEqual(block.data[secret], (client_version >> 8) & 0xff);
  good &= MaskOfEqual(block.data[secret + 1], client_version & 0xff);
  for (size_t i = 0; i < kPremasterLength; ++i)
    premaster[i] = static_cast<unsigned char>((block.data[secret + i] & good) | (premaster[i] & ~good));
}

}  // namespace latchkey
