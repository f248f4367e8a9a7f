// Computes ECDSA signatures with given nonces, which the addon lets nobody choose. Built by curves.test.ts out of the
// addon's own sources. Arguments: the engine (words or lanes) and the curve (p256 or p384). Each line of the input has
// a nonce, a private key and a digest as hexadecimal numbers of the curve's length; all are done in one call. Each line
// of the output has r and s, or `none`.
#include <array>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <new>
#include <string>
#include <vector>

#if defined(SECRETS_ARE_UNDEFINED)
#include <valgrind/memcheck.h>
#endif

#include "keys/curves/engines.h"

using namespace latchkey::keys::curves;

namespace {

using Words = Number<kMaximumWords>;

Words Parse(const std::string& digits) {
  Words words{};
  for (size_t i = 0; i < digits.size(); ++i) {
    const size_t nibble = digits.size() - 1 - i;
    words[nibble / 16] |= std::stoull(digits.substr(i, 1), nullptr, 16) << (4 * (nibble % 16));
  }
  return words;
}

std::string Format(const Words& words, size_t count) {
  std::string digits;
  for (size_t i = count; i-- > 0;) {
    char word[17];
    std::snprintf(word, sizeof(word), "%016llx", static_cast<unsigned long long>(words[i]));
    digits += word;
  }
  return digits;
}

void Hide(std::vector<EcdsaSigning>& signings) {
#if defined(SECRETS_ARE_UNDEFINED)
  for (EcdsaSigning& signing : signings) {
    VALGRIND_MAKE_MEM_UNDEFINED(&signing.nonce, sizeof(signing.nonce));
    VALGRIND_MAKE_MEM_UNDEFINED(&signing.private_key, sizeof(signing.private_key));
  }
#else
  static_cast<void>(signings);
#endif
}

void Show(std::vector<EcdsaSigning>& signings) {
#if defined(SECRETS_ARE_UNDEFINED)
  VALGRIND_MAKE_MEM_DEFINED(signings.data(), signings.size() * sizeof(EcdsaSigning));
#else
  static_cast<void>(signings);
#endif
}

struct AlignedDelete {
  void operator()(unsigned char* room) const { operator delete[](room, std::align_val_t{kRoomAlignment}); }
};

}  // namespace

int main(int count, char** arguments) {
  const bool lanes = std::strcmp(arguments[1], "lanes") == 0;
  const bool p256 = std::strcmp(arguments[2], "p256") == 0;
  const EcdsaEngine* engine = lanes ? (p256 ? LaneEngine<P256>() : LaneEngine<P384>()) : (p256 ? &WordEngine<P256>() : &WordEngine<P384>());
  const size_t words = p256 ? P256::kWords : P384::kWords;

  std::vector<EcdsaSigning> signings;
  for (std::string nonce, private_key, digest; std::cin >> nonce >> private_key >> digest;)
    signings.push_back({Parse(nonce), Parse(private_key), Parse(digest), {}, {}, false});
  const size_t vectors = (signings.size() + engine->sizes.lanes - 1) / engine->sizes.lanes;
  const std::unique_ptr<unsigned char, AlignedDelete> room(
      new (std::align_val_t{kRoomAlignment}) unsigned char[vectors * engine->sizes.room]);
  Hide(signings);
  engine->sign(signings.data(), signings.size(), room.get());
  if (count < 4) Show(signings);

  for (const EcdsaSigning& signing : signings) {
    std::cout << (signing.succeeded ? Format(signing.r, words) + ' ' + Format(signing.s, words) : "none") << '\n';
  }
}
