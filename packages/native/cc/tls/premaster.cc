#include "tls/premaster.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>

#include "tls/library_context.h"

namespace latchkey::tls {

namespace {

// Hides a value from the optimiser, which must not find out that it is a boolean and branch on it.
uint32_t Opaque(uint32_t value) {
  asm volatile("" : "+r"(value));
  return value;
}

// All bits set where `value`, of which only the low byte may be set, is 0, and none otherwise.
uint32_t MaskOfZero(uint32_t value) { return Opaque(0u - ((value - 1u) >> 31)); }

uint32_t MaskOfEqual(uint32_t one, uint32_t other) { return MaskOfZero(one ^ other); }

// 00 02, padding without zeros, 00, client version, 46 random bytes (RFC 8017, section 7.2.2).
void Unpad(ByteView block, unsigned client_version, unsigned char (&premaster)[kPremasterLength]) {
  const size_t secret = block.size - kPremasterLength;
  uint32_t good = MaskOfZero(block.data[0]) & MaskOfEqual(block.data[1], 2);
  for (size_t i = 2; i < secret - 1; ++i) good &= ~MaskOfZero(block.data[i]);
  good &= MaskOfZero(block.data[secret - 1]);
  good &= MaskOfEqual(block.data[secret], (client_version >> 8) & 0xff);
  good &= MaskOfEqual(block.data[secret + 1], client_version & 0xff);
  for (size_t i = 0; i < kPremasterLength; ++i)
    premaster[i] = static_cast<unsigned char>((block.data[secret + i] & good) | (premaster[i] & ~good));
}

}  // namespace

bool TakePremaster(ByteView answer, size_t modulus_length, unsigned client_version,
                   unsigned char (&premaster)[kPremasterLength]) {
  if (answer.size == kPremasterLength) {
    std::copy(answer.data, answer.data + answer.size, premaster);
    return true;
  }
  // 11 bytes of padding at least.
  if (answer.size != modulus_length || modulus_length < kPremasterLength + 11) return false;
  // Chosen before anything is known of the block.
  if (RAND_priv_bytes_ex(GetLibraryContext()->context, premaster, kPremasterLength, 0) != 1) return false;
  Unpad(answer, client_version, premaster);
  return true;
}

}  // namespace latchkey::tls
