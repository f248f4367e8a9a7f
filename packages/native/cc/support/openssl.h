#ifndef LATCHKEY_SUPPORT_OPENSSL_H_
#define LATCHKEY_SUPPORT_OPENSSL_H_

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/param_build.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace latchkey {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};

template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freer<Free>>;

using BioPointer = Owned<BIO, BIO_free_all>;
using BignumContextPointer = Owned<BN_CTX, BN_CTX_free>;
using BignumPointer = Owned<BIGNUM, BN_clear_free>;
using DecoderContextPointer = Owned<OSSL_DECODER_CTX, OSSL_DECODER_CTX_free>;
using DigestContextPointer = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using DigestPointer = Owned<EVP_MD, EVP_MD_free>;
using KeyContextPointer = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using KeyPointer = Owned<EVP_PKEY, EVP_PKEY_free>;
using OcspBasicResponsePointer = Owned<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using OcspCertificateIdPointer = Owned<OCSP_CERTID, OCSP_CERTID_free>;
using OcspRequestPointer = Owned<OCSP_REQUEST, OCSP_REQUEST_free>;
using OcspResponsePointer = Owned<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using ParamBuilderPointer = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParamsPointer = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using SslContextPointer = Owned<SSL_CTX, SSL_CTX_free>;
using SslPointer = Owned<SSL, SSL_free>;
using X509StorePointer = Owned<X509_STORE, X509_STORE_free>;
using X509Pointer = Owned<X509, X509_free>;

// What is wiped before its memory is given back.
template <typename T>
class SecretArray {
 public:
  SecretArray() = default;
  explicit SecretArray(size_t size) : items_(size) {}
  SecretArray(const T* data, size_t size) : items_(data, data + size) {}
  SecretArray(SecretArray&& other) noexcept : items_(std::move(other.items_)) {}
  SecretArray& operator=(SecretArray&& other) noexcept {
    wipe();
    items_ = std::move(other.items_);
    return *this;
  }
  SecretArray(const SecretArray&) = delete;
  SecretArray& operator=(const SecretArray&) = delete;
  ~SecretArray() { wipe(); }

  T* data() { return items_.data(); }
  const T* data() const { return items_.data(); }
  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }

 private:
  void wipe() {
    if (!items_.empty()) OPENSSL_cleanse(items_.data(), items_.size() * sizeof(T));
  }

  std::vector<T> items_;
};

using SecretBytes = SecretArray<unsigned char>;
using SecretWords = SecretArray<uint64_t>;

}  // namespace latchkey

#endif  // LATCHKEY_SUPPORT_OPENSSL_H_
