// Rules that hold on every route, asked of each one in the table, with the real engine below.
#include <algorithm>
#include <latch>
#include <set>

#include "../engine/engine_fixture.h"
#include "gateway/gateway.h"
#include "gateway/route_doc.h"
#include "model/document.h"

namespace sideband {
namespace {

using Route = Gateway::RouteInfo;

class RoutesTest : public EngineTest {
 protected:
  void SetUp() override {
    spec_.mode = Mode::kPropose;
    fill(3);
    ASSERT_NO_FATAL_FAILURE(start());
    gateway_ = std::make_unique<Gateway>(parts());
    operator_ = add("operator");
    reviewer_ = add("reviewer");
  }
  void TearDown() override {
    gateway_.reset();
    engine_->stop();
  }

  GatewayParts parts() {
    GatewayParts parts{*engine_, *store_, metrics_, clock_, identities_, {}, {}, {}, {}, {}};
    parts.alive = parts.ready = []() -> Result<void> { return {}; };
    parts.audit_export = [](const std::string&, bool) -> Result<std::string> {
      return {"exported"};
    };
    parts.audit_proof = [this](std::int64_t) -> Result<std::string> {
      while_proving_();
      return {"a proof"};
    };
    parts.backup = [this](const std::string&, const Principal& by) -> Result<std::string> {
      backup_by_ = by.name();
      return {"copied"};
    };
    return parts;
  }
  std::string add(const std::string& name) {
    const auto path = Identities::create(dir_.path("tokens"), name, random_);
    EXPECT_TRUE(path.ok());
    return "Bearer " + slurp(*path);
  }
  void revoke(const std::string& name) { std::filesystem::remove(dir_.path("tokens/" + name)); }

  static HttpRequest request(const Route& route, const std::string& authorization) {
    HttpRequest request;
    request.method = route.method;
    request.path = route.path;
    for (const auto& [mark, value] :
         std::map<std::string, std::string>{{"{name}", "fleet"},
                                            {"{id}", "01a20940-608c-711c-a085-4f6c6d625b69"},
                                            {"{index}", "0"}}) {
      const std::size_t at = request.path.find(mark);
      if (at != std::string::npos) request.path.replace(at, mark.size(), value);
    }
    request.authorization = authorization;
    request.listener = Listener::kSocket;
    request.body = body_of(route.path);
    return request;
  }
  // Where a route does something by itself.
  static std::string body_of(const std::string& path) {
    if (path.ends_with("/pause") || path.ends_with("/retry")) return R"({"reason":"x"})";
    if (path.ends_with("/settle")) return R"({"step":"0","as":"done","reason":"x"})";
    if (path.ends_with("/release")) return R"({"reason":"x"})";
    if (path.ends_with("/approve")) return R"({"planHash":"x"})";
    if (path.ends_with("/export")) return R"({"folder":"/nowhere"})";
    if (path.ends_with("/backup")) return R"({"file":"/nowhere"})";
    if (path.ends_with("/v1/repairs")) return R"({"reconciler":"fleet","keys":["k00"]})";
    return "";
  }
  static HttpResponse take(const HttpTake& take, HttpRequest request) {
    std::promise<HttpResponse> answer;
    take(std::move(request), [&](HttpResponse response) { answer.set_value(std::move(response)); });
    return answer.get_future().get();
  }
  // From its head to its answer.
  HttpResponse call(const Route& route, const std::string& authorization,
                    const std::string& body = "") {
    HttpRequest asked = request(route, authorization);
    if (!body.empty()) asked.body = body;
    const HttpAdmission admission = gateway_->admit(asked);
    return admission.take ? take(admission.take, std::move(asked)) : admission.refusal;
  }
  static std::vector<Route> guarded() {
    auto all = Gateway::route_table();
    std::erase_if(all, [](const Route& route) { return !route.needs; });
    return all;
  }
  std::vector<std::string> records() {
    std::vector<std::string> out;
    const auto read = store_->read([&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(const auto leaves, reader.audit_leaves(0, 10'000));
      for (const AuditLeaf& leaf : leaves) out.push_back(leaf.record);
      return {};
    });
    EXPECT_TRUE(read.ok());
    return out;
  }
  static std::string named(const Route& route) { return route.method + " " + route.path; }

  // A folder that changes twice within a tick of the file system looks the same both times; what is
  // missed then is seen a second later.
  ManualClock ticks_{from_us(1)};
  Identities identities_{dir_.path("tokens"), ticks_};
  std::unique_ptr<Gateway> gateway_;
  std::string operator_;
  std::string reviewer_;
  std::string backup_by_;
  std::function<void()> while_proving_ = [] {};
};

TEST_F(RoutesTest, K9_1_TheTableIsTheWholeApi) {
  EXPECT_GT(guarded().size(), 25U);
  for (const Route& route : Gateway::route_table()) {
    const bool is_open = !route.path.starts_with("/api/");
    EXPECT_EQ(!route.needs, is_open) << named(route);
  }
}

// Both ways: a route that is not described, and a description without a route.
TEST_F(RoutesTest, EachRouteIsInTheDocs) {
  const std::string page = slurp(std::string(SIDEBAND_SOURCE_DIR) + "/docs/api.md");
  std::size_t rows = 0;
  for (std::size_t at = page.find("\n| `"); at != std::string::npos;
       at = page.find("\n| `", at + 1)) {
    ++rows;
  }
  for (const Route& route : Gateway::route_table()) {
    EXPECT_NE(page.find("\n| `" + named(route) + "` | "), std::string::npos) << named(route);
  }
  EXPECT_EQ(rows, Gateway::route_table().size());
}

// What the row says of body and query is what the route takes.
TEST_F(RoutesTest, EachValueIsInTheDocs) {
  const std::string page = slurp(std::string(SIDEBAND_SOURCE_DIR) + "/docs/api.md");
  const auto is_general = [](const RouteValue& value) { return value.name == "wait"; };
  for (const RouteDoc& doc : route_docs()) {
    const std::size_t begin =
        page.find("\n| `" + std::string(doc.method) + " " + std::string(doc.path) + "` | ");
    ASSERT_NE(begin, std::string::npos) << doc.path;
    const std::string row = page.substr(begin, page.find('\n', begin + 1) - begin);
    for (const RouteValue& value : doc.body) {
      EXPECT_NE(row.find("`" + std::string(value.name) + "`"), std::string::npos)
          << doc.path << " " << value.name;
    }
    for (const RouteValue& value : doc.query) {
      if (is_general(value)) continue;
      EXPECT_NE(row.find("`?" + std::string(value.name) + "="), std::string::npos)
          << doc.path << " " << value.name;
    }
  }
}

TEST_F(RoutesTest, EachRouteHasItsDocAndNoOtherIsThere) {
  std::set<std::string> described, operations, routes;
  for (const RouteDoc& doc : route_docs()) {
    EXPECT_TRUE(operations.insert(std::string(doc.operation)).second) << doc.operation;
    described.insert(std::string(doc.method) + " " + std::string(doc.path));
  }
  for (const Route& route : Gateway::route_table()) routes.insert(named(route));
  EXPECT_EQ(described, routes);
}

TEST_F(RoutesTest, K7_5_ASettlementSaysWhichStepAndWhat) {
  const auto settle = [&](const std::string& body) {
    const Route route{"POST", "/api/v1/repairs/{id}/settle", Permission::kRepair};
    return call(route, operator_, body);
  };
  EXPECT_EQ(settle(R"({"step":"a","as":"done","reason":"x"})").status, 404);
  for (const char* body :
       {R"({"as":"done","reason":"x"})", R"({"step":"a","as":"maybe","reason":"x"})",
        R"({"step":"a","as":"done"})", R"({"step":"a","as":"done","reason":"x","more":1})"}) {
    EXPECT_EQ(settle(body).status, 400) << body;
  }
}

TEST_F(RoutesTest, K9_1_WithoutATokenEachRouteSays401) {
  for (const Route& route : guarded()) {
    for (const std::string& text : {std::string(), std::string("Bearer "), operator_ + "0",
                                    "Bearer sb_" + std::string(64, '0'), operator_.substr(7)}) {
      const HttpAdmission admission = gateway_->admit(request(route, text));
      EXPECT_FALSE(admission.take) << named(route);
      EXPECT_EQ(admission.refusal.status, 401) << named(route);
    }
    HttpRequest far = request(route, operator_);
    far.listener = Listener::kPort;
    EXPECT_EQ(gateway_->admit(far).refusal.status, 401) << named(route);
  }
}

TEST_F(RoutesTest, K9_1_WithAnUnreadableTableEachRouteSays503) {
  std::filesystem::rename(dir_.path("tokens"), dir_.path("aside"));
  spill(dir_.path("tokens"), "not a folder");
  for (const Route& route : guarded()) {
    const HttpAdmission admission = gateway_->admit(request(route, operator_));
    EXPECT_FALSE(admission.take) << named(route);
    EXPECT_EQ(admission.refusal.status, 503) << named(route);
    EXPECT_NE(admission.refusal.body.find("who is calling cannot be told"), std::string::npos);
  }
  EXPECT_TRUE(records().empty());
}

// It is served for who sent its head: by then it was allowed, and is not asked for again.
TEST_F(RoutesTest, K9_1_ATokenDeletedBeforeTheBodyCameKeepsItsName) {
  const auto holds = [](const std::string& record, const std::string& part) {
    return record.find(part) != std::string::npos;
  };
  for (const Route& route : guarded()) {
    const std::string token = add("passing");
    ticks_.advance(std::chrono::seconds(2));
    const HttpRequest asked = request(route, token);
    const HttpAdmission admission = gateway_->admit(asked);
    ASSERT_TRUE(admission.take) << named(route);
    revoke("passing");
    const int status = take(admission.take, asked).status;
    EXPECT_NE(status, 401) << named(route);
    EXPECT_NE(status, 500) << named(route);
    EXPECT_EQ(gateway_->admit(asked).refusal.status, 401) << named(route);
    const auto all = records();
    EXPECT_TRUE(std::none_of(all.begin(), all.end(), [&](const std::string& record) {
      return holds(record, "\"actor\":\"\"");
    })) << named(route);
  }
  const auto all = records();
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const std::string& record) {
    return holds(record, "\"actor\":\"passing\"") && holds(record, "\"kind\":\"pause\"");
  }));
  EXPECT_EQ(backup_by_, "passing");
}

TEST_F(RoutesTest, K9_1_NobodyApprovesTheirOwnPlanWhileTheTableIsUnreadable) {
  actual_.set("k00", "other");
  const Route start{"POST", "/api/v1/repairs", Permission::kRepair};
  const HttpResponse asked = call(start, operator_);
  ASSERT_EQ(asked.status, 202) << asked.body;
  const Document repair = *parse_json(asked.body);
  const Uuid id = *Uuid::parse(repair.members.at("id").text);
  ASSERT_EQ(repair.members.at("state").text, "awaiting_approval");
  EXPECT_EQ(repair.members.at("kind").text, "repair");
  std::string hash;
  ASSERT_TRUE(store_->read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto plan, reader.plan(id));
    hash = plan->hash;
    return {};
  }));
  const Route approve{"POST", "/api/v1/repairs/" + id.text() + "/approve", Permission::kReview};
  HttpRequest approval = request(approve, operator_);
  approval.body = R"({"planHash":")" + hash + "\"}";
  const HttpAdmission admission = gateway_->admit(approval);
  ASSERT_TRUE(admission.take);
  std::filesystem::rename(dir_.path("tokens"), dir_.path("aside"));
  spill(dir_.path("tokens"), "not a folder");
  EXPECT_EQ(take(admission.take, approval).status, 403);
  EXPECT_EQ(gateway_->admit(approval).refusal.status, 503);
}

TEST_F(RoutesTest, K9_1_EachPermissionIsAskedInOnePlace) {
  const auto service = Principal::make("deploy", Principal::Kind::kService, "certificate");
  for (const Route& route : guarded()) {
    EXPECT_TRUE(allowed(person("a"), *route.needs)) << named(route);
    EXPECT_TRUE(allowed(*service, *route.needs)) << named(route);
    EXPECT_FALSE(allowed(Principal::loop(), *route.needs)) << named(route);
  }
}

TEST_F(RoutesTest, K2_5_MisspeltNamesAre404WithAGuess) {
  observe();
  const auto expect_guess = [&](const std::string& method, const std::string& path,
                                const std::string& query = "", const std::string& body = "") {
    HttpRequest asked = request({method, path, Permission::kRead}, operator_);
    if (!query.empty()) asked.query["reconciler"] = query;
    asked.body = body;
    const HttpAdmission admission = gateway_->admit(asked);
    ASSERT_TRUE(admission.take) << path;
    const HttpResponse answer = take(admission.take, asked);
    EXPECT_EQ(answer.status, 404) << path << answer.body;
    EXPECT_NE(answer.body.find("did you mean \\\"fleet\\\"?"), std::string::npos) << answer.body;
  };
  expect_guess("GET", "/api/v1/reconcilers/flete");
  expect_guess("GET", "/api/v1/reconcilers/flete/drifts");
  expect_guess("POST", "/api/v1/reconcilers/flete/scan");
  expect_guess("GET", "/api/v1/decisions", "flete");
  expect_guess("GET", "/api/v1/repairs", "flete");
  expect_guess("POST", "/api/v1/pause", "", R"({"reconciler":"flete","reason":"x"})");
  expect_guess("POST", "/api/v1/resume", "", R"({"reconciler":"flete"})");
  expect_guess("POST", "/api/v1/repairs", "", R"({"reconciler":"flete","keys":["a"]})");
  for (const char* path : {"/api/v1/playbooks/none", "/api/v1/playbooks/none/runs"}) {
    const char* const method = std::string(path).ends_with("runs") ? "POST" : "GET";
    const HttpResponse answer = call({method, path, Permission::kRead}, operator_);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_NE(answer.body.find("there is no playbook"), std::string::npos) << answer.body;
  }
  for (const std::string& record : records()) EXPECT_EQ(record.find("flete"), std::string::npos);
}

TEST_F(RoutesTest, K2_5_WhatWasPausedCanBeResumedAlsoWhenItIsGone) {
  const Route pause{"POST", "/api/v1/pause", Permission::kStop};
  const Route resume{"POST", "/api/v1/resume", Permission::kResume};
  const std::string gone = R"({"reconciler":"gone","reason":"x"})";
  EXPECT_EQ(call(pause, operator_, gone).status, 404);
  ASSERT_TRUE(
      engine_->commands()
          .switches.pause(PauseScope::of_key("gone"), person("operator"), "before it was taken out")
          .ok());
  EXPECT_EQ(call(resume, operator_, gone).status, 200);
  EXPECT_EQ(call(resume, operator_, gone).status, 404);
  const std::string named = R"({"reconciler":"fleet","reason":"x"})";
  for (const Route& route : {pause, resume, resume}) {
    EXPECT_EQ(call(route, operator_, named).status, 200);
    EXPECT_EQ(call(route, operator_, R"({"reason":"x"})").status, 200);
  }
}

TEST_F(RoutesTest, K10_1_TextsThatNoRecordHoldsAreRefused) {
  const Route pause{"POST", "/api/v1/pause", Permission::kStop};
  const auto answer = [&](std::size_t size) {
    return call(pause, operator_, R"({"reason":")" + std::string(size, 'x') + "\"}");
  };
  EXPECT_EQ(answer(4096).status, 200);
  for (const std::size_t size : {4097, 70'000}) {
    const HttpResponse refused = answer(size);
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.body.find("longer than 4096 bytes"), std::string::npos) << refused.body;
  }
  EXPECT_EQ(call(pause, operator_, R"({"reason":"a\u0000b"})").status, 400);
}

TEST_F(RoutesTest, K12_1_WhatComesAfterANulByteIsNotIgnored) {
  const Route pause{"POST", "/api/v1/pause", Permission::kStop};
  const std::string body = R"({"reason":"a"})";
  const std::string nul(1, '\0');
  for (const std::string& text :
       {body + nul, body + nul + R"({"reason":"b","role":"admin"})", nul + body, nul}) {
    EXPECT_EQ(call(pause, operator_, text).status, 400);
  }
  EXPECT_TRUE(records().empty());
  EXPECT_EQ(call(pause, operator_, body + " \n\t").status, 200);
}

// Proofs that take long, on every thread that they may take.
class BusyGateway : public RoutesTest {
 protected:
  void TearDown() override {
    finish();
    RoutesTest::TearDown();
  }
  void keep_busy(int requests = 300) {
    while_proving_ = [this] { finished_.wait(); };
    for (int i = 0; i < requests; ++i) {
      send({"GET", "/api/v1/audit/proof/{index}", Permission::kAudit}, [](HttpRequest&) {});
    }
  }
  void finish() {
    if (!finished_.try_wait()) finished_.count_down();
  }
  // Without waiting for the answer.
  template <class Edit>
  std::shared_future<HttpResponse> send(const Route& route, Edit edit) {
    HttpRequest asked = request(route, operator_);
    edit(asked);
    const HttpAdmission admission = gateway_->admit(asked);
    EXPECT_TRUE(admission.take);
    auto answer = std::make_shared<std::promise<HttpResponse>>();
    admission.take(std::move(asked), [answer](HttpResponse said) { answer->set_value(said); });
    return answer->get_future().share();
  }
  const Route pause_{"POST", "/api/v1/pause", Permission::kStop};
  const Route resume_{"POST", "/api/v1/resume", Permission::kResume};
  std::latch finished_{1};
};

TEST_F(BusyGateway, K9_4_WhatStopsGetsThroughWhateverElseIsAsked) {
  keep_busy();
  EXPECT_EQ(call(pause_, operator_).status, 200);
  EXPECT_NE(call({"POST", "/api/v1/repairs/{id}/cancel", Permission::kStop}, operator_).status,
            503);
  EXPECT_EQ(call({"GET", "/readyz", {}}, "").status, 200);
  EXPECT_EQ(call({"GET", "/healthz", {}}, "").status, 200);
  const auto waits = send(resume_, [](HttpRequest&) {});
  EXPECT_EQ(waits.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
  finish();
  EXPECT_EQ(waits.get().status, 200);
}

TEST_F(BusyGateway, K9_4_StrangersOnThePortDoNotFillThatLane) {
  keep_busy();
  for (int i = 0; i < 100; ++i) {
    send({"GET", "/readyz", {}}, [](HttpRequest& asked) { asked.listener = Listener::kPort; });
  }
  EXPECT_EQ(call(pause_, operator_).status, 200);
}

TEST_F(BusyGateway, K9_4_WhatNobodyWaitsForAnyMoreIsNotCarriedOut) {
  keep_busy(2);
  const auto gone = std::make_shared<std::atomic<bool>>(false);
  const auto given_up = send(resume_, [&](HttpRequest& asked) { asked.gone = gone; });
  const auto with_key = send(resume_, [&](HttpRequest& asked) {
    asked.gone = gone;
    asked.idempotency_key = "resume-1";
  });
  *gone = true;
  finish();
  EXPECT_EQ(given_up.get().status, 503);
  EXPECT_THAT(metrics_.text(),
              testing::HasSubstr("sideband_requests_dropped_total{why=\"caller_gone\"} 1"));
  EXPECT_EQ(with_key.get().status, 200) << "the caller may ask with its key what became of it";
  const auto all = records();
  EXPECT_EQ(std::count_if(all.begin(), all.end(),
                          [](const std::string& record) {
                            return record.find("\"kind\":\"resume\"") != std::string::npos;
                          }),
            1);
}

}  // namespace
}  // namespace sideband
