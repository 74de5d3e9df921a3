// Every route with what it asks for. A new route is a new row here, so that its permission is
// chosen twice.
#include "gateway/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sideband {
namespace {

struct ExpectedRoute {
  const char* method;
  const char* path;
  const char* needs;
};

constexpr ExpectedRoute kRoutes[] = {{"GET", "/healthz", "open"},
                                     {"GET", "/readyz", "open"},
                                     {"GET", "/metrics", "open"},
                                     {"GET", "/api/v1/me", "read"},
                                     {"GET", "/api/v1/reconcilers", "read"},
                                     {"GET", "/api/v1/reconcilers/{name}", "read"},
                                     {"GET", "/api/v1/reconcilers/{name}/drifts", "read"},
                                     {"POST", "/api/v1/reconcilers/{name}/scan", "scan"},
                                     {"GET", "/api/v1/decisions", "read"},
                                     {"GET", "/api/v1/decisions/{id}", "read"},
                                     {"GET", "/api/v1/notices", "read"},
                                     {"GET", "/api/v1/plans/{id}", "read"},
                                     {"GET", "/api/v1/plans/{id}/changes", "read"},
                                     {"GET", "/api/v1/repairs", "read"},
                                     {"POST", "/api/v1/repairs", "repair"},
                                     {"GET", "/api/v1/repairs/{id}", "read"},
                                     {"GET", "/api/v1/repairs/{id}/outcomes", "read"},
                                     {"POST", "/api/v1/repairs/{id}/approve", "review"},
                                     {"POST", "/api/v1/repairs/{id}/reject", "review"},
                                     {"POST", "/api/v1/repairs/{id}/cancel", "stop"},
                                     {"POST", "/api/v1/repairs/{id}/undo", "repair"},
                                     {"POST", "/api/v1/repairs/{id}/retry", "repair"},
                                     {"POST", "/api/v1/repairs/{id}/settle", "repair"},
                                     {"GET", "/openapi.json", "open"},
                                     {"GET", "/api/v1/silences", "read"},
                                     {"POST", "/api/v1/silences", "stop"},
                                     {"POST", "/api/v1/silences/{id}/expire", "resume"},
                                     {"GET", "/api/v1/signals", "read"},
                                     {"GET", "/api/v1/locks", "read"},
                                     {"POST", "/api/v1/locks/{id}/release", "repair"},
                                     {"POST", "/api/v1/repairs/{id}/confirm", "playbook"},
                                     {"GET", "/api/v1/repairs/{id}/steps", "read"},
                                     {"GET", "/api/v1/playbooks", "read"},
                                     {"GET", "/api/v1/playbooks/{name}", "read"},
                                     {"POST", "/api/v1/playbooks/{name}/runs", "playbook"},
                                     {"POST", "/api/v1/pause", "stop"},
                                     {"POST", "/api/v1/resume", "resume"},
                                     {"GET", "/api/v1/audit/head", "read"},
                                     {"POST", "/api/v1/audit/export", "audit"},
                                     {"POST", "/api/v1/db/backup", "backup"},
                                     {"GET", "/api/v1/audit/proof/{index}", "audit"}};

std::string needs_of(const Gateway::RouteInfo& route) {
  if (!route.needs) return "open";
  switch (*route.needs) {
    case Permission::kRead:
      return "read";
    case Permission::kScan:
      return "scan";
    case Permission::kRepair:
      return "repair";
    case Permission::kReview:
      return "review";
    case Permission::kStop:
      return "stop";
    case Permission::kResume:
      return "resume";
    case Permission::kPlaybook:
      return "playbook";
    case Permission::kAudit:
      return "audit";
    case Permission::kBackup:
      return "backup";
  }
  return "?";
}

TEST(RouteTable, IsWhatIsExpected) {
  std::vector<std::string> expected, found;
  for (const ExpectedRoute& route : kRoutes) {
    expected.push_back(std::string(route.method) + " " + route.path + " " + route.needs);
  }
  for (const Gateway::RouteInfo& route : Gateway::route_table()) {
    found.push_back(route.method + " " + route.path + " " + needs_of(route));
  }
  EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected));
}

// Where {x} stands anything may stand: two routes that differ only there would be one.
TEST(RouteTable, HasNoRouteTwice) {
  std::set<std::string> shapes;
  for (const Gateway::RouteInfo& route : Gateway::route_table()) {
    std::string shape = route.method + " ";
    for (std::size_t i = 0; i < route.path.size(); ++i) {
      shape += route.path[i];
      if (route.path[i] == '{') i = route.path.find('}', i) - 1;
    }
    EXPECT_TRUE(shapes.insert(shape).second) << shape;
  }
}

TEST(RouteTable, OnlyWhatReadsIsOpenToWhoMayRead) {
  for (const Gateway::RouteInfo& route : Gateway::route_table()) {
    const bool reads = !route.needs || route.needs == Permission::kRead;
    EXPECT_TRUE(!reads || route.method == "GET") << route.path;
    EXPECT_EQ(route.needs.has_value(), route.path.starts_with("/api/")) << route.path;
  }
}

}  // namespace
}  // namespace sideband
