#ifndef LATCHKEY_TLS_OCSP_H_
#define LATCHKEY_TLS_OCSP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "support/bytes.h"

namespace latchkey::tls {

// A question about the first certificate of a chain (RFC 6960, section 4.1), and whom its issuer says to ask.
struct OcspQuestion {
  // Of the responder (RFC 5280, section 4.2.2.1); nothing where the certificate names none.
  std::optional<std::string> url;
  std::vector<unsigned char> request;
};

// Nothing for a chain that does not hold the certificate's issuer.
std::optional<OcspQuestion> MakeOcspQuestion(ByteView chain);

// When a response says of itself that it counts, in seconds since 1970.
struct OcspValidity {
  int64_t this_update = 0;
  // Nothing: newer information is there at any time (RFC 6960, section 4.2.2.1), so that it may not be kept.
  std::optional<int64_t> next_update;
};

// Whether a response (RFC 6960, section 4.2) may be stapled to the first certificate of a chain: it is about that
// certificate, signed by its issuer or by whom that has appointed, and says that the certificate is good. Else why not.
std::variant<OcspValidity, std::string> CheckOcspResponse(ByteView chain, ByteView response);

}  // namespace latchkey::tls

#endif  // LATCHKEY_TLS_OCSP_H_
