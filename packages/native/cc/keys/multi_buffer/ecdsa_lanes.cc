#include <algorithm>

#include "keys/digest.h"
#include "keys/ecdsa_encoding.h"
#include "keys/multi_buffer/lanes.h"
#include "keys/nonces.h"

namespace latchkey::keys::multi_buffer {

namespace {

const EcdsaNumbers& NumbersFor(const Operation& operation) {
  return std::get<EcdsaNumbers>(operation.key->numbers());
}

Library::EcdsaSign FunctionFor(const Library& library, Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kP256:
      return library.ecdsa_sign_p256;
    case Algorithm::kP384:
      return library.ecdsa_sign_p384;
    default:
      return library.ecdsa_sign_p521;
  }
}

}  // namespace

void PerformEcdsa(const Library& library, Operation* const* operations, size_t count) {
  const std::vector<uint64_t>& order = NumbersFor(*operations[0]).order;
  const size_t length = LengthOfNumbers(order);
  // Digest and key of each.
  SecretWords hedge(2 * count * order.size());
  std::vector<uint8_t> digests(kLanes * length);
  std::vector<uint8_t> r(kLanes * length);
  std::vector<uint8_t> s(kLanes * length);
  SecretWords nonces(kLanes * order.size());

  std::array<bool, kLanes> hashed{};
  for (size_t i = 0; i < count; ++i) {
    uint8_t room[EVP_MAX_MD_SIZE];
    const ByteView digest = DigestToSign(*operations[i], room);
    hashed[i] = digest.size > 0;
    uint64_t* number = hedge.data() + 2 * i * order.size();
    DigestToNumber(digest, order, number);
    NumberToBytes(number, length, digests.data() + i * length);
    std::copy_n(NumbersFor(*operations[i]).d.data(), order.size(), number + order.size());
  }
  if (!DrawNonces(hedge, order, nonces.data(), count)) return;

  const auto number = [&](std::vector<uint8_t>& numbers) {
    return FillLanes(count, [&](size_t i) { return numbers.data() + i * length; });
  };
  const auto nonce = FillLanes(count, [&](size_t i) -> const uint64_t* { return nonces.data() + i * order.size(); });
  const auto key = FillLanes(count, [&](size_t i) { return NumbersFor(*operations[i]).d.data(); });
  const Library::EcdsaSign sign = FunctionFor(library, NumbersFor(*operations[0]).algorithm);
  const Library::Status status =
      sign(number(r).data(), number(s).data(), number(digests).data(), nonce.data(), key.data(), nullptr);
  WipeStackBelow<kLibraryStack>();

  for (size_t i = 0; i < count; ++i) {
    // Where r or s is 0 there is no signature with that nonce.
    if (!hashed[i] || !Library::Succeeded(status, i)) continue;
    Operation& operation = *operations[i];
    operation.answer_length =
        EncodeSignature(r.data() + i * length, s.data() + i * length, length, operation.answer);
    operation.status = Status::kOk;
  }
}

}  // namespace latchkey::keys::multi_buffer
