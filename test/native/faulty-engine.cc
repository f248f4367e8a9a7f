// An addon that shows curve engines to their self-test which compute wrongly. Built by curve-self-test.test.ts.
// passes(curve, fault): boolean
#include <node_api.h>

#include <cstring>
#include <string>

#include "keys/curves/engines.h"
#include "keys/curves/self_test.h"

using namespace latchkey::keys::curves;

namespace {

std::string fault;

void Damage(EcdsaSigning* signings, size_t count) {
  if (fault == "r") signings[count - 1].r[0] ^= 1;
  if (fault == "s") signings[0].s[3] ^= uint64_t{1} << 63;
  if (fault == "failure") signings[count / 2].succeeded = false;
  if (fault == "exchange") std::swap(signings[1].s, signings[2].s);
  if (fault == "negative") signings[3].s = signings[3].nonce;
}

template <typename Curve>
bool Passes() {
  static constexpr auto kSign = [](EcdsaSigning* signings, size_t count, void* room) {
    if (fault == "nonce") signings[5].nonce[1] ^= 1;
    WordEngine<Curve>().sign(signings, count, room);
    if (fault == "nonce") signings[5].nonce[1] ^= 1;
    Damage(signings, count);
  };
  const EcdsaEngine engine = {WordEngine<Curve>().sizes, kSign};
  return PassesSelfTest<Curve>(engine);
}

void Damage(Ed25519Signing* signings, size_t count) {
  if (fault == "r") signings[count - 1].r[0] ^= 1;
  if (fault == "s") signings[0].s[3] ^= uint64_t{1} << 63;
  if (fault == "failure") signings[count / 2].succeeded = false;
  if (fault == "exchange") std::swap(signings[1].s, signings[2].s);
  if (fault == "negative") signings[3].s = signings[3].scalar;
}

template <>
bool Passes<Edwards25519>() {
  static constexpr auto kHash = [](Ed25519Signing* signings, size_t count) {
    WordEngine<Edwards25519>().hash_nonces(signings, count);
    if (fault == "nonce") signings[5].nonce[1] ^= 1;
  };
  static constexpr auto kSign = [](Ed25519Signing* signings, size_t count, void* room) {
    WordEngine<Edwards25519>().sign(signings, count, room);
    Damage(signings, count);
  };
  const Ed25519Engine engine = {WordEngine<Edwards25519>().sizes, kHash, kSign};
  return PassesSelfTest<Edwards25519>(engine);
}

bool PassesOf(const std::string& curve) {
  if (curve == "ed25519") return Passes<Edwards25519>();
  return curve == "p256" ? Passes<P256>() : Passes<P384>();
}

std::string ToString(napi_env env, napi_value value) {
  char text[32] = {};
  size_t length = 0;
  napi_get_value_string_utf8(env, value, text, sizeof(text), &length);
  return text;
}

napi_value PassesForJs(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  fault = ToString(env, arguments[1]);
  napi_value result;
  napi_get_boolean(env, PassesOf(ToString(env, arguments[0])), &result);
  return result;
}

napi_value Initialise(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "passes", NAPI_AUTO_LENGTH, PassesForJs, nullptr, &function);
  napi_set_named_property(env, exports, "passes", function);
  return exports;
}

}  // namespace

NAPI_MODULE(faulty_engine, Initialise)
