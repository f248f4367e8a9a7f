#ifndef LATCHKEY_KEYS_MULTI_BUFFER_ECDSA_ENCODING_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_ECDSA_ENCODING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/bytes.h"

namespace latchkey::keys::multi_buffer {

// Bytes that a number below the order takes.
size_t LengthOfNumbers(const std::vector<uint64_t>& order);

// The number that ECDSA signs for a digest: its leftmost bits, as many as the order has, reduced modulo the order
// (FIPS 186-5, section 6.4.1, steps 2 and 3). LengthOfNumbers() bytes, the most significant first.
void EncodeDigest(ByteView digest, const std::vector<uint64_t>& order, uint8_t* number);

// DER of an ECDSA-Sig-Value (RFC 3279, section 2.2.3) of two numbers of `length` bytes each, the most significant
// first. Returns its length, at most 2 * length + 9.
size_t EncodeSignature(const uint8_t* r, const uint8_t* s, size_t length, uint8_t* signature);

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_ECDSA_ENCODING_H_
