#include "tls/ocsp.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include <ctime>

#include "tls/certificate.h"
#include "tls/library_context.h"

namespace latchkey::tls {

namespace {

// The certificate in question and its issuer's.
struct Subject {
  X509Pointer certificate;
  X509Pointer issuer;
};

std::optional<Subject> SubjectOf(ByteView chain) {
  std::vector<X509Pointer> certificates = ParseCertificates(chain);
  if (certificates.size() < 2) return std::nullopt;
  if (X509_check_issued(certificates[1].get(), certificates[0].get()) != X509_V_OK) return std::nullopt;
  return Subject{std::move(certificates[0]), std::move(certificates[1])};
}

// SHA-1 is what every responder knows (RFC 5019, section 2.1.1); nothing depends on its strength.
OcspCertificateIdPointer MakeId(const Subject& subject) {
  const DigestPointer sha1(EVP_MD_fetch(GetLibraryContext()->context, "SHA1", nullptr));
  if (sha1 == nullptr) return nullptr;
  return OcspCertificateIdPointer(OCSP_cert_to_id(sha1.get(), subject.certificate.get(), subject.issuer.get()));
}

std::optional<std::string> ResponderUrl(X509* certificate) {
  STACK_OF(OPENSSL_STRING)* urls = X509_get1_ocsp(certificate);
  std::optional<std::string> url;
  if (sk_OPENSSL_STRING_num(urls) > 0) url = sk_OPENSSL_STRING_value(urls, 0);
  X509_email_free(urls);
  return url;
}

// The issuer is trusted here for what it was chosen for by whoever made the chain: to answer for its certificates.
bool IsSignedFor(OCSP_BASICRESP* response, const Subject& subject) {
  const X509StorePointer trusted(X509_STORE_new());
  if (trusted == nullptr || X509_STORE_add_cert(trusted.get(), subject.issuer.get()) != 1 ||
      X509_STORE_set_flags(trusted.get(), X509_V_FLAG_PARTIAL_CHAIN) != 1)
    return false;
  STACK_OF(X509)* signers = sk_X509_new_null();
  // Only borrows the certificate.
  const bool verified = signers != nullptr && sk_X509_push(signers, subject.issuer.get()) > 0 &&
                        OCSP_basic_verify(response, signers, trusted.get(), 0) == 1;
  sk_X509_free(signers);
  return verified;
}

std::optional<int64_t> ToSeconds(const ASN1_GENERALIZEDTIME* time) {
  std::tm fields{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &fields) != 1) return std::nullopt;
  return static_cast<int64_t>(timegm(&fields));
}

std::variant<OcspValidity, std::string> Check(const Subject& subject, ByteView bytes) {
  const unsigned char* from = bytes.data;
  const OcspResponsePointer response(d2i_OCSP_RESPONSE(nullptr, &from, static_cast<long>(bytes.size)));
  if (response == nullptr) return "it is no OCSP response";
  const int status = OCSP_response_status(response.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return std::string("the responder answered ") + OCSP_response_status_str(status);
  const OcspBasicResponsePointer basic(OCSP_response_get1_basic(response.get()));
  if (basic == nullptr) return "it is no basic OCSP response";
  if (!IsSignedFor(basic.get(), subject))
    return "it is not signed by the certificate's issuer, or by a responder that the issuer has appointed";
  const OcspCertificateIdPointer id = MakeId(subject);
  int certificate_status = V_OCSP_CERTSTATUS_UNKNOWN;
  ASN1_GENERALIZEDTIME* this_update = nullptr;
  ASN1_GENERALIZEDTIME* next_update = nullptr;
  if (id == nullptr || OCSP_resp_find_status(basic.get(), id.get(), &certificate_status, nullptr, nullptr,
                                             &this_update, &next_update) != 1)
    return "it is about another certificate";
  if (certificate_status != V_OCSP_CERTSTATUS_GOOD)
    return std::string("it says that the certificate is ") + OCSP_cert_status_str(certificate_status);
  const std::optional<int64_t> begin = ToSeconds(this_update);
  if (!begin.has_value()) return "it does not say when it was made";
  return OcspValidity{*begin, ToSeconds(next_update)};
}

}  // namespace

std::optional<OcspQuestion> MakeOcspQuestion(ByteView chain) {
  const auto subject = SubjectOf(chain);
  ERR_clear_error();
  if (!subject.has_value()) return std::nullopt;
  const OcspRequestPointer request(OCSP_REQUEST_new());
  OcspCertificateIdPointer id = MakeId(*subject);
  if (request == nullptr || id == nullptr || OCSP_request_add0_id(request.get(), id.get()) == nullptr)
    return std::nullopt;
  // The request owns it now.
  static_cast<void>(id.release());
  OcspQuestion question{ResponderUrl(subject->certificate.get()), {}};
  const int size = i2d_OCSP_REQUEST(request.get(), nullptr);
  if (size <= 0) return std::nullopt;
  question.request.resize(static_cast<size_t>(size));
  unsigned char* to = question.request.data();
  i2d_OCSP_REQUEST(request.get(), &to);
  return question;
}

std::variant<OcspValidity, std::string> CheckOcspResponse(ByteView chain, ByteView response) {
  const auto subject = SubjectOf(chain);
  auto result = subject.has_value() ? Check(*subject, response) : "the chain does not hold the certificate's issuer";
  ERR_clear_error();
  return result;
}

}  // namespace latchkey::tls
