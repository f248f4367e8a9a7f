#include "tls/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include <algorithm>

#include "tls/library_context.h"

namespace latchkey::tls {

namespace {

const unsigned char* CipherKey(const unsigned char* key) { return key + TicketKeys::kNameLength; }

bool SetMacKey(EVP_MAC_CTX* mac, const unsigned char* key) {
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(
          OSSL_MAC_PARAM_KEY,
          const_cast<unsigned char*>(key) + TicketKeys::kNameLength + TicketKeys::kSecretLength,
          TicketKeys::kSecretLength),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_CTX_set_params(mac, params) == 1;
}

}  // namespace

TicketKeys TicketKeys::Random() {
  SecretBytes bytes(kLength);
  const LibraryContext* library = GetLibraryContext();
  if (library == nullptr || RAND_priv_bytes_ex(library->context, bytes.data(), bytes.size(), 0) != 1) return {};
  return TicketKeys({bytes.data(), bytes.size()});
}

bool TicketKeys::BeginSealing(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                              EVP_MAC_CTX* mac) const {
  const LibraryContext* library = GetLibraryContext();
  const unsigned char* key = Key(0);
  const auto iv_length = static_cast<size_t>(EVP_CIPHER_get_iv_length(library->ticket_cipher));
  std::copy(key, key + kNameLength, name);
  return RAND_bytes_ex(library->context, iv, iv_length, 0) == 1 &&
         EVP_EncryptInit_ex2(cipher, library->ticket_cipher, CipherKey(key), iv, nullptr) == 1 &&
         SetMacKey(mac, key);
}

TicketKeys::Found TicketKeys::BeginOpening(const unsigned char* name, const unsigned char* iv,
                                           EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) const {
  for (size_t index = 0; index < keys_.size() / kLength; ++index) {
    const unsigned char* key = Key(index);
    if (!std::equal(key, key + kNameLength, name)) continue;
    if (EVP_DecryptInit_ex2(cipher, GetLibraryContext()->ticket_cipher, CipherKey(key), iv, nullptr) != 1 ||
        !SetMacKey(mac, key))
      return Found::kFailed;
    return index == 0 ? Found::kCurrent : Found::kOlder;
  }
  return Found::kNone;
}

}  // namespace latchkey::tls
