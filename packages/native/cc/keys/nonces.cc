#include "keys/nonces.h"

#include <openssl/rand.h>

#include "support/never_destroyed.h"
#include "support/words.h"

namespace latchkey::keys {

namespace {

// Empty if it fails.
SecretBytes Sha256(const SecretWords& words) {
  static NeverDestroyed<DigestPointer> sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  if (!*sha256) return {};
  SecretBytes hash(static_cast<size_t>(EVP_MD_get_size(sha256->get())));
  if (EVP_Digest(words.data(), words.size() * sizeof(uint64_t), hash.data(), nullptr, sha256->get(), nullptr) != 1)
    return {};
  return hash;
}

bool Draw(const SecretBytes& hedge, uint64_t* words, size_t count) {
  EVP_RAND_CTX* generator = RAND_get0_private(nullptr);
  return generator != nullptr &&
         EVP_RAND_generate(generator, reinterpret_cast<unsigned char*>(words), count * sizeof(uint64_t), 0, 0,
                           hedge.data(), hedge.size()) == 1;
}

uint64_t MaskOfTopWord(const std::vector<uint64_t>& order) {
  return ~uint64_t{0} >> __builtin_clzll(order.back());
}

// Its time tells whether the number is in range, and nothing else of it.
bool IsInRange(const uint64_t* number, const std::vector<uint64_t>& order, SecretWords& room) {
  uint64_t any = 0;
  for (size_t i = 0; i < order.size(); ++i) any |= number[i];
  return Subtract(number, order.data(), room.data(), order.size()) == 1 && any != 0;
}

}  // namespace

bool DrawNonces(const SecretWords& hedge, const std::vector<uint64_t>& order, uint64_t* nonces, size_t count) {
  const size_t size = order.size();
  const uint64_t mask = MaskOfTopWord(order);
  const SecretBytes hash = Sha256(hedge);
  SecretWords room(size);
  if (hash.empty() || !Draw(hash, nonces, count * size)) return false;
  for (uint64_t* nonce = nonces; nonce < nonces + count * size; nonce += size) {
    nonce[size - 1] &= mask;
    while (!IsInRange(nonce, order, room)) {
      if (!Draw(hash, nonce, size)) return false;
      nonce[size - 1] &= mask;
    }
  }
  return true;
}

}  // namespace latchkey::keys
