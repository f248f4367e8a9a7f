#include "keys/multi_buffer/test_keys.h"

#include <openssl/core_names.h>

#include <utility>

namespace latchkey::keys::multi_buffer {

namespace {

struct Primes {
  const char* p;
  const char* q;
};

// Found by `openssl genrsa` for this very purpose.
constexpr Primes kPrimes[] = {
    {
     "ee311be5163b67b01e7cc35dafda594711ddf965e3d26f9c6f241c523b12a31469e4e7c3e377e1bf480e6fcf18f8059fb31d"
     "308778de1d9b656bd968fc2581fef2928dfcb50697fdb4c2f2ca58fd12a2cdaaae01ba4d487c33893bd090ff52bf103bacb7"
     "0c5aa2cb725c39e0c14111005ce7f7ab543c57746c0c6d7cfbbd2107",
     "e183914522ed05e7332b96232d256c0bf5b83a52576ac63463f2ca294c67e1fcd1950529fc47051148d681ad12e8ba7709be"
     "e5647656b9424515b7a442d63119a03baef87b300e33bd847dada46adae0b516abc662b0a48b12ea2393c95346bd61d5b7f5"
     "7f85adc9b1e43716b8b89616262031a21212139b903a257f45484867"},
    {
     "e3dd1eee40c1ae86e3b5fe84be176845aa226f623f4cc8e98fe364f166083cdb9058b568da530c8105fd130df8bd256a74b7"
     "df66a55fdddc05a85b97f1117669b402ef816a237879639570bb7de52294e1bf96d3cdd9076d5b09004e6237855e08b6d618"
     "7efe10dc42f7d39a3010ecbf859f7a63a3905bdaea3368b91b02b6a81940ecc9b3ac4e4d01b8dcd85f50c5701f8a3f61bb25"
     "7814cfcdc56ae124c2aa03f0825ca66270550b87f25b8b4df03f44b84c7361decfa8e6d9a38d656df719",
     "c5a99b4b4301e7738eb3a25eb6013e4ad58c28fd6aa5c079d6012d23df34a629fb4fd95549cde9d14699949ae331b690d7d7"
     "b61909dab7640eabd47f58043182fe3906ac4316adc2550e74b5171f40f4229bd7b6e12712b1d56c41d70951a2b2aac22012"
     "8150dbdf12b02d168b477eb2a9265d350d169877335d1b6be89dd6aab1a40c29801bcbbc2e96f21cc338ea94e661b2ac6d31"
     "172be75ed075b749c85429ec491bee98c0c34efd06a91fdbc9429660bc5fb4e9563200f3f32fc689f989"},
    {
     "f13deee844048e1b2cd0dc2c405896f2b198f45f89ac61960759a2936049f7f542b5d57aa1f96c5da355bec80c96d445b4bf"
     "9771f01aaeed3cd3bb7b119c9812287cd7fc5f4f9a20f8d887edd5cc61287b5e26def6073d05c6a09ce142f374d1e36b45b1"
     "fdb61e9633b7144b54cd90b544e6ed8dc4ad4966c2fbf76561353e50402bc6d47ebaa0144679d8c9c0fa9503d3642f510499"
     "92ed4d251e1eff32cd1769ef93f9ad4115c9ed041ba9c83937a54f7c0f46565e8fa0ea3f3425b01827c91acfe9b7d98f81d5"
     "81ac55914f3e88c512d8d553922583f5c98d9790dbf2a4ed737bdbde66a6ba3cc9bae9ec7b28f8f6ebe95f54173ac0dbc310"
     "8b86400fb8c7",
     "c381a80ecaa46571e00997af01218274c7eff84adcb0f5ed5318c1a3b66e2ec8056dd0d30ce0a004d8d458e38ea006a5cbea"
     "dc86e2758f4eccf531dab511bd84fb7aa278649ea6d495ac4318957bd5e73ef8a48c6175845e17c7ac2f80801d68a6a0f6b4"
     "339c7b0a026b6e70643dace8f10ff38b8e1239e2c99c1bc9eba5cb82ee17fd9171bf1ae0599b6a2218a88521c7534c303164"
     "4bc4e9cdb86e871b47477082553728d4aebf4ef9d775b7713eeda9ff81b547846c9bc470a150c6060023f226a488b80b29d0"
     "450f0831949b4757cd988dde5166c9867bee8dfb7afa76ebcd6b24573fd909bd0d8fa75f26c266b698bb452969bf5517ab97"
     "32a68b6f7a81"},
};

BignumPointer FromHex(const char* digits) {
  BIGNUM* number = nullptr;
  BN_hex2bn(&number, digits);
  return BignumPointer(number);
}

BignumPointer Minus1(const BignumPointer& number) {
  BignumPointer difference(BN_dup(number.get()));
  if (difference && BN_sub_word(difference.get(), 1) != 1) return nullptr;
  return difference;
}

BignumPointer Product(const BignumPointer& one, const BignumPointer& other, BN_CTX* context) {
  BignumPointer product(BN_new());
  if (product && BN_mul(product.get(), one.get(), other.get(), context) != 1) return nullptr;
  return product;
}

BignumPointer Inverse(const BignumPointer& number, const BignumPointer& modulus, BN_CTX* context) {
  return BignumPointer(BN_mod_inverse(nullptr, number.get(), modulus.get(), context));
}

KeyPointer FromParameters(const char* type, OSSL_PARAM* parameters) {
  const KeyContextPointer context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* pkey = nullptr;
  if (context && EVP_PKEY_fromdata_init(context.get()) == 1)
    EVP_PKEY_fromdata(context.get(), &pkey, EVP_PKEY_KEYPAIR, parameters);
  return KeyPointer(pkey);
}

KeyPointer MakeRsaKey(const Primes& primes) {
  const BignumContextPointer context(BN_CTX_new());
  const BignumPointer p = FromHex(primes.p);
  const BignumPointer q = FromHex(primes.q);
  const BignumPointer e = FromHex("010001");
  if (!context || !p || !q || !e) return nullptr;
  const BignumPointer p_minus_1 = Minus1(p);
  const BignumPointer q_minus_1 = Minus1(q);
  if (!p_minus_1 || !q_minus_1) return nullptr;
  const BignumPointer n = Product(p, q, context.get());
  const BignumPointer totient = Product(p_minus_1, q_minus_1, context.get());
  if (!n || !totient) return nullptr;
  const BignumPointer d = Inverse(e, totient, context.get());
  const BignumPointer d_p = Inverse(e, p_minus_1, context.get());
  const BignumPointer d_q = Inverse(e, q_minus_1, context.get());
  const BignumPointer q_inverse = Inverse(q, p, context.get());
  const ParamBuilderPointer builder(OSSL_PARAM_BLD_new());
  if (!d || !d_p || !d_q || !q_inverse || !builder) return nullptr;
  const std::pair<const char*, const BignumPointer&> numbers[] = {
      {OSSL_PKEY_PARAM_RSA_N, n},           {OSSL_PKEY_PARAM_RSA_E, e},
      {OSSL_PKEY_PARAM_RSA_D, d},           {OSSL_PKEY_PARAM_RSA_FACTOR1, p},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, q},     {OSSL_PKEY_PARAM_RSA_EXPONENT1, d_p},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, d_q}, {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, q_inverse}};
  for (const auto& [name, number] : numbers) {
    if (OSSL_PARAM_BLD_push_BN(builder.get(), name, number.get()) != 1) return nullptr;
  }
  const ParamsPointer parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  return parameters ? FromParameters("RSA", parameters.get()) : nullptr;
}

std::shared_ptr<const Key> MakeKey(KeyPointer pkey, KeyType type) {
  return pkey ? std::make_shared<const Key>(std::move(pkey), type, nullptr) : nullptr;
}

std::shared_ptr<const Key> MakeEcKey(const char* curve) {
  return MakeKey(KeyPointer(EVP_EC_gen(curve)), KeyType::kEcdsa);
}

}  // namespace

std::shared_ptr<const Key> MakeTestKey(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRsa2048:
      return MakeKey(MakeRsaKey(kPrimes[0]), KeyType::kRsa);
    case Algorithm::kRsa3072:
      return MakeKey(MakeRsaKey(kPrimes[1]), KeyType::kRsa);
    case Algorithm::kRsa4096:
      return MakeKey(MakeRsaKey(kPrimes[2]), KeyType::kRsa);
    case Algorithm::kP256:
      return MakeEcKey("P-256");
    case Algorithm::kP384:
      return MakeEcKey("P-384");
    case Algorithm::kP521:
      return MakeEcKey("P-521");
    case Algorithm::kEd25519:
      return MakeKey(KeyPointer(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")), KeyType::kEd25519);
  }
  return nullptr;
}

}  // namespace latchkey::keys::multi_buffer
