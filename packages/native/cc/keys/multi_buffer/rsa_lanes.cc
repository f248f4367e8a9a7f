#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "keys/digest.h"
#include "keys/multi_buffer/lanes.h"
#include "keys/multi_buffer/rsa_encoding.h"
#include "support/premaster_padding.h"

namespace latchkey::keys::multi_buffer {

namespace {

const RsaNumbers& NumbersFor(const Operation& operation) { return std::get<RsaNumbers>(operation.key->numbers()); }

// What the private key is to be applied to.
bool Encode(const Operation& operation, uint8_t* block, size_t length) {
  const Primitive primitive = operation.scheme->primitive;
  if (primitive == Primitive::kRsaBlock || primitive == Primitive::kRsaPremaster) {
    std::copy_n(operation.payload.data, length, block);
    return true;
  }
  uint8_t hashed[EVP_MAX_MD_SIZE];
  const ByteView digest = DigestToSign(operation, hashed);
  if (digest.size == 0) return false;
  if (primitive == Primitive::kRsaPss) return EncodePss(*operation.scheme, digest, block, length);
  EncodePkcs1(digest, block, length);
  return true;
}

// Makes the answer of what came out.
bool Answer(Operation& operation, const uint8_t* block, size_t length) {
  if (operation.scheme->primitive != Primitive::kRsaPremaster) {
    std::copy_n(block, length, operation.answer);
    operation.answer_length = length;
    return true;
  }
  unsigned char premaster[kPremasterLength];
  // Chosen before anything is known of the block.
  if (RAND_priv_bytes(premaster, kPremasterLength) != 1) return false;
  UnpadPremaster({block, length}, operation.client_version, premaster);
  std::copy_n(premaster, kPremasterLength, operation.answer);
  OPENSSL_cleanse(premaster, kPremasterLength);
  operation.answer_length = kPremasterLength;
  return true;
}

}  // namespace

bool FitsRsaLanes(const Operation& operation) {
  const Primitive primitive = operation.scheme->primitive;
  if (primitive != Primitive::kRsaBlock && primitive != Primitive::kRsaPremaster) return true;
  if (primitive == Primitive::kRsaPremaster && operation.client_version == 0) return false;
  const std::vector<uint8_t>& modulus = NumbersFor(operation).modulus;
  return operation.payload.size == modulus.size() &&
         memcmp(operation.payload.data, modulus.data(), modulus.size()) < 0;
}

// Every result is raised to the public exponent before it leaves: one that does not give the input back, because a
// fault has damaged one half of it, would let everybody compute the primes (Boneh, DeMillo and Lipton, 1997).
void PerformRsa(const Library& library, Operation* const* operations, size_t count) {
  const size_t length = NumbersFor(*operations[0]).modulus.size();
  const int bits = static_cast<int>(8 * length);
  const RsaMethod* method = library.rsa_private_method(bits);
  // The library leaves powers of the inputs in it. It needs less for the public key.
  SecretBytes scratch(static_cast<size_t>(library.rsa_scratch_size(method)));
  SecretBytes inputs(kLanes * length);
  SecretBytes outputs(kLanes * length);
  SecretBytes checks(kLanes * length);

  std::array<bool, kLanes> encoded{};
  for (size_t i = 0; i < count; ++i) encoded[i] = Encode(*operations[i], inputs.data() + i * length, length);

  const auto number = [&](SecretWords RsaNumbers::* which) {
    return FillLanes(count, [&](size_t i) { return (NumbersFor(*operations[i]).*which).data(); });
  };
  const auto block = [&](SecretBytes& blocks) {
    return FillLanes(count, [&](size_t i) { return blocks.data() + i * length; });
  };
  const auto n = FillLanes(count, [&](size_t i) { return NumbersFor(*operations[i]).n.data(); });
  const Library::Status computed = library.rsa_private(
      block(inputs).data(), block(outputs).data(), number(&RsaNumbers::p).data(), number(&RsaNumbers::q).data(),
      number(&RsaNumbers::d_p).data(), number(&RsaNumbers::d_q).data(), number(&RsaNumbers::q_inverse).data(), bits,
      method, scratch.data());
  const Library::Status checked =
      library.rsa_public(block(outputs).data(), block(checks).data(), n.data(), bits, nullptr, scratch.data());
  WipeStackBelow<kLibraryStack>();

  for (size_t i = 0; i < count; ++i) {
    const bool right = encoded[i] && Library::Succeeded(computed, i) && Library::Succeeded(checked, i) &&
                       CRYPTO_memcmp(checks.data() + i * length, inputs.data() + i * length, length) == 0;
    if (right && Answer(*operations[i], outputs.data() + i * length, length)) operations[i]->status = Status::kOk;
  }
}

}  // namespace latchkey::keys::multi_buffer
