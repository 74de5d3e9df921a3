// The tables of operations as people write them, and what the drivers make of it.
#include <gmock/gmock.h>

#include "config/options.h"
#include "config/yaml.h"
#include "drivers/registry.h"

namespace sideband {
namespace {

using config::DriverFields;

class OperationFields : public testing::Test {
 protected:
  static DriverFields fields_of(const std::string& driver) {
    for (DriverFields& fields : all_driver_fields()) {
      if (fields.name == driver) return std::move(fields);
    }
    ADD_FAILURE() << driver << " has no fields";
    return {};
  }
  DriverOptions read(const config::Fields& fields, const std::string& yaml, bool good = true) {
    config::Messages messages;
    const auto documents = parse_yaml(messages.add_source("x.yaml", yaml), messages);
    DriverOptions options = decode_options(fields, documents.at(0), "", messages);
    EXPECT_EQ(messages.errors() > 0, !good) << messages.render();
    return options;
  }

  SystemClock clock_;
  SystemRandom random_;
  DriverRegistry drivers_{{clock_, random_}};
};

TEST_F(OperationFields, ExecIsReadAsItIsWritten) {
  const DriverFields exec = fields_of("exec");
  TargetSettings target;
  target.name = "host";
  target.driver = "exec";
  target.connect = read(exec.connect,
                        "commands: /usr/bin/printf\nlimits: {cpu: 10s, output: 1KiB}\n"
                        "secrets: {TOKEN: {valueFrom: {env: SHOP_TOKEN}}}\n");
  EXPECT_EQ(target.connect.at("secrets.TOKEN.env"), "SHOP_TOKEN");
  target.connect.erase("secrets.TOKEN.env");
  const auto operation = drivers_.operation(target);
  ASSERT_TRUE(operation.ok()) << operation.error().message;
  OperationRequest request;
  request.options = read(exec.operation, "argv: [/usr/bin/printf, '%s', 'a b']\nexpect: 0\n");
  const auto reply = (*operation)->run(request);
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->output, R"({"exit":0,"stdout":"a b"})");
  read(exec.connect, "commands: /bin/sh\nsecrets: {TOKEN: hunter2}\n", false);
  EXPECT_TRUE(exec.desired.empty() && exec.actual.empty()) << "it has no items";
}

TEST_F(OperationFields, ALookOfHttpIsAGetWhereNothingIsSaid) {
  const DriverFields http = fields_of("http");
  TargetSettings target;
  target.name = "shop";
  target.driver = "http";
  target.connect = read(http.connect, "url: https://shop.internal\nallow: [10.0.0.0/8]\n");
  const auto operation = drivers_.operation(target);
  ASSERT_TRUE(operation.ok()) << operation.error().message;
  OperationRequest request;
  request.options = read(http.operation, "path: /restart\njson: {why: drift}\nrefused: [409]\n");
  request.look = read(http.operation, "path: /state\n");
  const auto good = (*operation)->check(request);
  EXPECT_TRUE(good.ok()) << good.error().message;
}

// Text that a database runs is never filled in; nor is what decides which one it is.
TEST_F(OperationFields, StatementsAreLiteral) {
  for (const char* driver : {"postgres", "sqlite"}) {
    for (const config::Field& field : fields_of(driver).operation) {
      const bool filled_in = field.key == "parameters";
      const bool text =
          field.type == config::FieldType::kText || field.type == config::FieldType::kList;
      EXPECT_EQ(field.literal, text && !filled_in) << driver << ": " << field.key;
    }
  }
}

TEST_F(OperationFields, LimitsOfTheTargetHoldForOperations) {
  TargetSettings target;
  target.name = "host";
  target.driver = "exec";
  target.connect = {{"commands", "/bin/sleep"}, {"grace", "100ms"}};
  target.limits.statement_timeout = std::chrono::milliseconds(300);
  OperationRequest request;
  request.options = {{"argv", "/bin/sleep\n1000"}};
  request.timeout = std::chrono::seconds(60);
  const MonoTime before = clock_.mono();
  const auto reply = std::move(drivers_.operation(target)).value()->run(request);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, ErrorCode::kTimeout);
  EXPECT_LT(clock_.mono() - before, std::chrono::seconds(10));
}

}  // namespace
}  // namespace sideband
