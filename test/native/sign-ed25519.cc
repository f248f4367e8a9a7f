// Computes Ed25519 signatures, with given nonces too, which the addon lets nobody choose. Built by ed25519.test.ts out of
// the addon's own sources. Argument: the engine (words or lanes). Each line of the input has the two halves of the
// private key's hash, the public key, the message and the nonce, in hexadecimal bytes; `-` for an empty message and for
// the nonce that the engine makes itself. All are done in one call. Each line of the output has a signature, or `none`.
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

std::vector<uint8_t> Parse(const std::string& digits) {
  std::vector<uint8_t> bytes;
  if (digits == "-") return bytes;
  for (size_t i = 0; i < digits.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

template <size_t kWords>
void Assign(Number<kWords>& number, const std::vector<uint8_t>& bytes) {
  std::memcpy(number.data(), bytes.data(), bytes.size());
}

template <size_t kWords>
std::string Format(const Number<kWords>& number) {
  std::string digits;
  for (const uint64_t word : number) {
    char reversed[17];
    std::snprintf(reversed, sizeof(reversed), "%016llx", static_cast<unsigned long long>(__builtin_bswap64(word)));
    digits += reversed;
  }
  return digits;
}

void Hide(std::vector<Ed25519Signing>& signings) {
#if defined(SECRETS_ARE_UNDEFINED)
  for (Ed25519Signing& signing : signings) {
    VALGRIND_MAKE_MEM_UNDEFINED(&signing.scalar, sizeof(signing.scalar));
    VALGRIND_MAKE_MEM_UNDEFINED(&signing.prefix, sizeof(signing.prefix));
  }
#else
  static_cast<void>(signings);
#endif
}

void Show(std::vector<Ed25519Signing>& signings) {
#if defined(SECRETS_ARE_UNDEFINED)
  VALGRIND_MAKE_MEM_DEFINED(signings.data(), signings.size() * sizeof(Ed25519Signing));
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
  const Ed25519Engine* engine = lanes ? LaneEngine<Edwards25519>() : &WordEngine<Edwards25519>();

  std::vector<Ed25519Signing> signings;
  std::vector<std::vector<uint8_t>> messages;
  std::vector<std::vector<uint8_t>> nonces;
  for (std::string scalar, prefix, public_key, message, nonce;
       std::cin >> scalar >> prefix >> public_key >> message >> nonce;) {
    Ed25519Signing signing{};
    Assign(signing.scalar, Parse(scalar));
    Assign(signing.prefix, Parse(prefix));
    Assign(signing.public_key, Parse(public_key));
    messages.push_back(Parse(message));
    signing.message = {messages.back().data(), messages.back().size()};
    nonces.push_back(Parse(nonce));
    signings.push_back(signing);
  }
  const auto [lanes_of_vector, room_of_vector, lanes_beside] = engine->sizes;
  const size_t vectors = (signings.size() + lanes_beside + lanes_of_vector - 1) / lanes_of_vector;
  const std::unique_ptr<unsigned char, AlignedDelete> room(
      new (std::align_val_t{kRoomAlignment}) unsigned char[vectors * room_of_vector]);
  Hide(signings);
  engine->hash_nonces(signings.data(), signings.size());
  for (size_t i = 0; i < signings.size(); ++i) {
    if (!nonces[i].empty()) Assign(signings[i].nonce, nonces[i]);
  }
  engine->sign(signings.data(), signings.size(), room.get());
  if (count < 3) Show(signings);

  for (const Ed25519Signing& signing : signings)
    std::cout << (signing.succeeded ? Format(signing.r) + Format(signing.s) : "none") << '\n';
}
