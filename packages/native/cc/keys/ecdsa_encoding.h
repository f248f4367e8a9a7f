#ifndef LATCHKEY_KEYS_ECDSA_ENCODING_H_
#define LATCHKEY_KEYS_ECDSA_ENCODING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/bytes.h"

namespace latchkey::keys {

// Numbers are words with the least significant first, as many as the order has, or bytes with the most significant
// first, LengthOfNumbers() of them.

// Bytes that a number below the order takes.
size_t LengthOfNumbers(const std::vector<uint64_t>& order);

// The number that ECDSA signs for a digest: its leftmost bits, as many as the order has, reduced modulo the order
// (FIPS 186-5, section 6.4.1, steps 2 and 3).
void DigestToNumber(ByteView digest, const std::vector<uint64_t>& order, uint64_t* number);

void NumberToBytes(const uint64_t* number, size_t length, uint8_t* bytes);

// DER of an ECDSA-Sig-Value (RFC 3279, section 2.2.3) of two numbers in bytes. Returns its length, at most
// 2 * length + 9.
size_t EncodeSignature(const uint8_t* r, const uint8_t* s, size_t length, uint8_t* signature);

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_ECDSA_ENCODING_H_
