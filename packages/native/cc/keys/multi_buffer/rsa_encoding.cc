#include "keys/multi_buffer/rsa_encoding.h"

#include <openssl/rand.h>

#include <algorithm>
#include <initializer_list>

namespace latchkey::keys::multi_buffer {

namespace {

// DER of a DigestInfo up to the digest, by the length of the digest (RFC 8017, section 9.2, note 1).
constexpr uint8_t kSha1[] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};
constexpr uint8_t kSha224[] = {0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                               0x65, 0x03, 0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x1c};
constexpr uint8_t kSha256[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                               0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
constexpr uint8_t kSha384[] = {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                               0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30};
constexpr uint8_t kSha512[] = {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                               0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40};

template <size_t kSize>
ByteView ViewOf(const uint8_t (&bytes)[kSize]) {
  return {bytes, kSize};
}

ByteView DigestInfo(size_t digest_length) {
  switch (digest_length) {
    case 20:
      return ViewOf(kSha1);
    case 28:
      return ViewOf(kSha224);
    case 32:
      return ViewOf(kSha256);
    case 48:
      return ViewOf(kSha384);
    case 64:
      return ViewOf(kSha512);
    default:
      // MD5SHA1 stands alone (RFC 4346, section 4.7).
      return {};
  }
}

uint8_t* Append(uint8_t* to, ByteView bytes) { return std::copy_n(bytes.data, bytes.size, to); }

bool Hash(EVP_MD_CTX* context, const EVP_MD* hash, std::initializer_list<ByteView> parts, uint8_t* digest) {
  if (EVP_DigestInit_ex2(context, hash, nullptr) != 1) return false;
  for (const ByteView& part : parts) {
    if (EVP_DigestUpdate(context, part.data, part.size) != 1) return false;
  }
  return EVP_DigestFinal_ex(context, digest, nullptr) == 1;
}

// Adds MGF1 of the seed to `bytes` (RFC 8017, appendix B.2.1).
bool Mask(EVP_MD_CTX* context, const EVP_MD* hash, ByteView seed, uint8_t* bytes, size_t length) {
  for (size_t start = 0; start < length; start += seed.size) {
    const size_t round = start / seed.size;
    // Of four bytes; no modulus needs more than 256 rounds.
    const uint8_t counter[] = {0, 0, 0, static_cast<uint8_t>(round)};
    uint8_t mask[EVP_MAX_MD_SIZE];
    if (!Hash(context, hash, {seed, ViewOf(counter)}, mask)) return false;
    const size_t end = std::min(length, start + seed.size);
    for (size_t i = start; i < end; ++i) bytes[i] ^= mask[i - start];
  }
  return true;
}

}  // namespace

void EncodePkcs1(ByteView digest, uint8_t* block, size_t length) {
  const ByteView digest_info = DigestInfo(digest.size);
  uint8_t* end = block;
  *end++ = 0;
  *end++ = 1;
  end = std::fill_n(end, length - 3 - digest_info.size - digest.size, uint8_t{0xff});
  *end++ = 0;
  Append(Append(end, digest_info), digest);
}

bool EncodePss(const Scheme& scheme, ByteView digest, uint8_t* block, size_t length) {
  constexpr uint8_t kZeros[8] = {};
  const EVP_MD* hash = DigestOf(scheme);
  const DigestContextPointer context(EVP_MD_CTX_new());
  const size_t hash_length = digest.size;
  uint8_t salt[EVP_MAX_MD_SIZE];
  if (hash == nullptr || !context || RAND_bytes(salt, static_cast<int>(hash_length)) != 1) return false;

  // maskedDB, H, 0xbc; DB is zeros, 1, salt.
  const size_t db_length = length - hash_length - 1;
  uint8_t* const h = block + db_length;
  std::fill_n(block, db_length - hash_length - 1, uint8_t{0});
  block[db_length - hash_length - 1] = 1;
  std::copy_n(salt, hash_length, h - hash_length);
  if (!Hash(context.get(), hash, {ViewOf(kZeros), digest, {salt, hash_length}}, h) ||
      !Mask(context.get(), hash, {h, hash_length}, block, db_length))
    return false;
  // The encoded message is one bit shorter than the modulus.
  block[0] &= 0x7f;
  block[length - 1] = 0xbc;
  return true;
}

}  // namespace latchkey::keys::multi_buffer
