#include "gateway/peer_identity.h"

#include <openssl/x509v3.h>
#include <time.h>

#include <memory>
#include <vector>

#include "gateway/identities.h"

namespace sideband {
namespace {

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::vector<std::string> uris_of(const X509* certificate) {
  std::vector<std::string> uris;
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* const uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<std::size_t>(ASN1_STRING_length(uri)));
  }
  return uris;
}

Error refused(const std::string& why) {
  return Error::permission("the client certificate names nobody here: " + why);
}

WallTime end_of(const X509* certificate) {
  struct tm end {};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end);
  return WallTime(std::chrono::seconds(::timegm(&end)));
}

}  // namespace

Result<PeerIdentity> identity_of(const x509_st* certificate, const std::string& trust_domain) {
  const std::vector<std::string> uris = uris_of(certificate);
  if (uris.size() != 1) {
    return refused("it has " + std::to_string(uris.size()) + " URIs, and needs one and no other");
  }
  const std::string start = "spiffe://" + trust_domain + "/";
  if (!uris[0].starts_with(start)) return refused("it is not of the trust domain " + trust_domain);
  const std::string name = uris[0].substr(start.size());
  if (!is_identity_name(name)) {
    return refused("its path is no identity: use a-z, 0-9 and -, at most 63 characters");
  }
  return PeerIdentity{name, end_of(certificate)};
}

}  // namespace sideband
