#include "keys/scheme.h"

#include <array>

#include "support/never_destroyed.h"

namespace latchkey::keys {

namespace {

constexpr std::array<uint8_t, 256> IndexByCode() {
  std::array<uint8_t, 256> index{};
  for (auto& entry : index) entry = kSchemeCount;
  for (size_t i = 0; i < kSchemeCount; ++i) index[kSchemes[i].code] = static_cast<uint8_t>(i);
  return index;
}

using Digests = std::array<DigestPointer, kSchemeCount>;

Digests FetchDigests() {
  Digests digests;
  for (size_t i = 0; i < kSchemeCount; ++i) {
    if (kSchemes[i].digest_name != nullptr)
      digests[i].reset(EVP_MD_fetch(nullptr, kSchemes[i].digest_name, nullptr));
  }
  return digests;
}

}  // namespace

const Scheme* FindScheme(uint8_t code) {
  static constexpr std::array<uint8_t, 256> kIndex = IndexByCode();
  const size_t index = kIndex[code];
  return index < kSchemeCount ? &kSchemes[index] : nullptr;
}

const EVP_MD* DigestOf(const Scheme& scheme) {
  static NeverDestroyed<Digests> digests(FetchDigests());
  return (*digests)[IndexOf(scheme)].get();
}

}  // namespace latchkey::keys
