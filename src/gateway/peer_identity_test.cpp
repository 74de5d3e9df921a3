// Which certificates name somebody, and whom.
#include "gateway/peer_identity.h"

#include <gmock/gmock.h>
#include <openssl/pem.h>

#include <memory>

#include "support/certificates.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

const WallTime kEnd = from_us(1'900'000'000'000'000);

Result<PeerIdentity> identity(const std::string& names) {
  const std::string pem = make_certificate_of(names, kEnd).pem;
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> x(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
  return identity_of(x.get(), "shop.example");
}

TEST(PeerIdentity, OneUriOfTheTrustDomainIsItsName) {
  for (const char* name : {"ana", "a", "release-bot-7", "0"}) {
    const auto found = identity(std::string("URI:spiffe://shop.example/") + name);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_EQ(found->name, name);
    EXPECT_EQ(found->expires, kEnd);
  }
  EXPECT_EQ(identity("DNS:build.example,URI:spiffe://shop.example/ana")->name, "ana");
}

TEST(PeerIdentity, EverythingElseIsNobody) {
  const std::string ours = "URI:spiffe://shop.example/";
  const std::pair<std::string, const char*> cases[] = {
      {"DNS:ana", "0 URIs"},
      {"", "0 URIs"},
      {ours + "ana," + ours + "ben", "2 URIs"},
      {ours + "ana,URI:https://elsewhere.example", "2 URIs"},
      {"URI:spiffe://other.example/ana", "trust domain"},
      {"URI:spiffe://shop.example.evil.example/ana", "trust domain"},
      {"URI:spiffe://SHOP.example/ana", "trust domain"},
      {"URI:https://shop.example/ana", "trust domain"},
      {"URI:spiffe://shop.example", "trust domain"},
      {ours, "no identity"},
      {ours + "Ana", "no identity"},
      {ours + "ana/", "no identity"},
      {ours + "../ana", "no identity"},
      {ours + "team/ana", "no identity"},
      {ours + "ana%2e", "no identity"},
      {ours + "ana?x=1", "no identity"},
      {ours + "sideband", "no identity"},
      {ours + std::string(64, 'a'), "no identity"},
  };
  for (const auto& [names, why] : cases) {
    const auto found = identity(names);
    ASSERT_FALSE(found.ok()) << names;
    EXPECT_EQ(found.error().code, ErrorCode::kPermission) << names;
    EXPECT_THAT(found.error().message, HasSubstr(why)) << names;
  }
}

}  // namespace
}  // namespace sideband
