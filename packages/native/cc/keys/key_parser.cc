#include "keys/key_parser.h"

#include <openssl/core_names.h>

#include <cstring>
#include <string_view>
#include <utility>

#include "keys/key_consistency.h"
#include "support/error_scope.h"

namespace latchkey::keys {

namespace {

constexpr size_t kMaximumFileSize = 1 << 20;
constexpr int kMinimumRsaBits = 1024;
constexpr int kMaximumRsaBits = 16384;

struct Passphrase {
  const ByteView* bytes;
  bool asked_for = false;
};

KeyPointer Decode(ByteView bytes, bool pem, Passphrase& passphrase);
int GivePassphrase(char* room, size_t room_size, size_t* length, const OSSL_PARAM*, void* argument);
const char* WhyNotDecoded(ByteView bytes, bool pem, const Passphrase& passphrase);
bool Contains(ByteView bytes, std::string_view text);
ParsedKey Accept(KeyPointer pkey);
ParsedKey AcceptRsa(KeyPointer pkey, KeyType type);
ParsedKey AcceptEc(KeyPointer pkey);
ParsedKey AcceptConsistent(KeyPointer pkey, KeyType type, const char* curve);

ParsedKey Refuse(const char* reason) { return {nullptr, reason}; }

}  // namespace

ParsedKey ParseKey(ByteView bytes, const ByteView* passphrase) {
  const ErrorScope errors;
  if (bytes.size == 0 || bytes.size > kMaximumFileSize) return Refuse("not_a_key");
  const bool pem = Contains(bytes, "-----BEGIN ");
  Passphrase given{passphrase};
  KeyPointer pkey = Decode(bytes, pem, given);
  if (!pkey) return Refuse(WhyNotDecoded(bytes, pem, given));
  return Accept(std::move(pkey));
}

namespace {

KeyPointer Decode(ByteView bytes, bool pem, Passphrase& passphrase) {
  const BioPointer input(BIO_new_mem_buf(bytes.data, static_cast<int>(bytes.size)));
  if (!input) return nullptr;
  EVP_PKEY* pkey = nullptr;
  const DecoderContextPointer decoder(OSSL_DECODER_CTX_new_for_pkey(
      &pkey, pem ? "PEM" : "DER", nullptr, nullptr, EVP_PKEY_KEYPAIR, nullptr, nullptr));
  if (!decoder || OSSL_DECODER_CTX_set_passphrase_cb(decoder.get(), GivePassphrase, &passphrase) != 1)
    return nullptr;
  // A decoder stops after one block of PEM, and a key may stand behind its EC parameters or its certificate.
  int unread = BIO_pending(input.get());
  int before;
  do {
    before = unread;
    const bool decoded = OSSL_DECODER_from_bio(decoder.get(), input.get()) == 1;
    KeyPointer found(std::exchange(pkey, nullptr));
    if (decoded && found) return found;
    unread = BIO_pending(input.get());
  } while (unread > 0 && unread < before);
  return nullptr;
}

int GivePassphrase(char* room, size_t room_size, size_t* length, const OSSL_PARAM*, void* argument) {
  auto* passphrase = static_cast<Passphrase*>(argument);
  passphrase->asked_for = true;
  if (passphrase->bytes == nullptr || passphrase->bytes->size > room_size) return 0;
  if (passphrase->bytes->size > 0) memcpy(room, passphrase->bytes->data, passphrase->bytes->size);
  *length = passphrase->bytes->size;
  return 1;
}

const char* WhyNotDecoded(ByteView bytes, bool pem, const Passphrase& passphrase) {
  if (passphrase.asked_for) return passphrase.bytes == nullptr ? "passphrase_required" : "wrong_passphrase";
  if (pem) {
    if (Contains(bytes, "PRIVATE KEY-----")) return "malformed";
    if (Contains(bytes, "CERTIFICATE-----")) return "certificate";
    if (Contains(bytes, "PUBLIC KEY-----")) return "public_key";
    return "not_a_key";
  }
  const auto size = static_cast<long>(bytes.size);
  const unsigned char* data = bytes.data;
  if (X509Pointer(d2i_X509(nullptr, &data, size))) return "certificate";
  data = bytes.data;
  if (KeyPointer(d2i_PUBKEY(nullptr, &data, size))) return "public_key";
  return "not_a_key";
}

bool Contains(ByteView bytes, std::string_view text) {
  const std::string_view whole(reinterpret_cast<const char*>(bytes.data), bytes.size);
  return whole.find(text) != std::string_view::npos;
}

ParsedKey Accept(KeyPointer pkey) {
  const EVP_PKEY* key = pkey.get();
  if (EVP_PKEY_is_a(key, "RSA") == 1) return AcceptRsa(std::move(pkey), KeyType::kRsa);
  if (EVP_PKEY_is_a(key, "RSA-PSS") == 1) return AcceptRsa(std::move(pkey), KeyType::kRsaPss);
  if (EVP_PKEY_is_a(key, "EC") == 1) return AcceptEc(std::move(pkey));
  if (EVP_PKEY_is_a(key, "ED25519") == 1)
    return AcceptConsistent(std::move(pkey), KeyType::kEd25519, nullptr);
  return Refuse("unsupported_type");
}

ParsedKey AcceptRsa(KeyPointer pkey, KeyType type) {
  const int bits = EVP_PKEY_get_bits(pkey.get());
  if (bits < kMinimumRsaBits || bits > kMaximumRsaBits) return Refuse("unsupported_size");
  return AcceptConsistent(std::move(pkey), type, nullptr);
}

ParsedKey AcceptEc(KeyPointer pkey) {
  char group[80];
  if (EVP_PKEY_get_group_name(pkey.get(), group, sizeof(group), nullptr) != 1)
    return Refuse("unsupported_curve");
  // OpenSSL's names and those of RFC 8422.
  constexpr std::pair<const char*, const char*> kCurves[] = {
      {"prime256v1", "secp256r1"}, {"secp384r1", "secp384r1"}, {"secp521r1", "secp521r1"}};
  for (const auto& [openssl_name, name] : kCurves) {
    if (strcmp(group, openssl_name) != 0) continue;
    // The SKI is made from the uncompressed point, which is what TLS certificates hold, however this file has it.
    if (EVP_PKEY_set_utf8_string_param(pkey.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                       OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 1)
      return Refuse("malformed");
    return AcceptConsistent(std::move(pkey), KeyType::kEcdsa, name);
  }
  return Refuse("unsupported_curve");
}

ParsedKey AcceptConsistent(KeyPointer pkey, KeyType type, const char* curve) {
  if (!IsConsistent(pkey.get())) return Refuse("inconsistent");
  return {std::make_shared<const Key>(std::move(pkey), type, curve), nullptr};
}

}  // namespace

}  // namespace latchkey::keys
