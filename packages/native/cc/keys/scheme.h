#ifndef LATCHKEY_KEYS_SCHEME_H_
#define LATCHKEY_KEYS_SCHEME_H_

#include <cstddef>
#include <cstdint>

#include "support/openssl.h"

namespace latchkey::keys {

// What is computed with the private key, whatever the hash.
enum class Primitive { kRsaBlock, kRsaPremaster, kRsaPkcs1, kRsaPss, kEcdsa, kEd25519 };

enum class Family { kRsa, kEcdsa, kEd25519 };

constexpr Family FamilyOf(Primitive primitive) {
  switch (primitive) {
    case Primitive::kEcdsa:
      return Family::kEcdsa;
    case Primitive::kEd25519:
      return Family::kEd25519;
    default:
      return Family::kRsa;
  }
}

// One operation code: OperationCode in src/operation-code.ts.
struct Scheme {
  uint8_t code;
  Primitive primitive;
  // Null where nothing is hashed first.
  const char* digest_name;
  size_t digest_length;
};

inline constexpr Scheme kSchemes[] = {
    {0x01, Primitive::kRsaBlock, nullptr, 0},
    {0x02, Primitive::kRsaPkcs1, "MD5-SHA1", 36},
    {0x03, Primitive::kRsaPkcs1, "SHA1", 20},
    {0x04, Primitive::kRsaPkcs1, "SHA224", 28},
    {0x05, Primitive::kRsaPkcs1, "SHA256", 32},
    {0x06, Primitive::kRsaPkcs1, "SHA384", 48},
    {0x07, Primitive::kRsaPkcs1, "SHA512", 64},
    {0x12, Primitive::kEcdsa, "MD5-SHA1", 36},
    {0x13, Primitive::kEcdsa, "SHA1", 20},
    {0x14, Primitive::kEcdsa, "SHA224", 28},
    {0x15, Primitive::kEcdsa, "SHA256", 32},
    {0x16, Primitive::kEcdsa, "SHA384", 48},
    {0x17, Primitive::kEcdsa, "SHA512", 64},
    {0x18, Primitive::kEd25519, nullptr, 0},
    {0x35, Primitive::kRsaPss, "SHA256", 32},
    {0x36, Primitive::kRsaPss, "SHA384", 48},
    {0x37, Primitive::kRsaPss, "SHA512", 64},
    {0x80, Primitive::kRsaPremaster, nullptr, 0},
};
inline constexpr size_t kSchemeCount = sizeof(kSchemes) / sizeof(kSchemes[0]);

// Null if no scheme has that code.
const Scheme* FindScheme(uint8_t code);

// Where the scheme stands in kSchemes.
inline size_t IndexOf(const Scheme& scheme) { return static_cast<size_t>(&scheme - kSchemes); }

// The hash of a scheme that has one; null if this OpenSSL does not offer it.
const EVP_MD* DigestOf(const Scheme& scheme);

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_SCHEME_H_
