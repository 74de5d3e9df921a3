#include "drivers/exec/driver.h"

#include "drivers/exec/grants.h"
#include "drivers/exec/operation.h"
#include "drivers/exec/signal.h"
#include "drivers/options.h"

namespace sideband {
namespace {

Error only_operations(const TargetSettings& target) {
  return for_person(
      Error::unsupported("target " + target.name +
                         ": the driver 'exec' runs commands in playbooks; it has no items that "
                         "could be watched"));
}

}  // namespace

Result<std::unique_ptr<Collection>> ExecDriver::open(const TargetSettings& target,
                                                     const CollectionSettings&, Role) {
  return only_operations(target);
}

Result<GrantReport> ExecDriver::grants(const TargetSettings& target, const CollectionSettings&,
                                       Role, const GrantNeeds&) {
  SB_ASSIGN(const ExecTarget parsed, parse_exec_target(target, nullptr, context_.command_runner));
  return exec_grants(parsed);
}

Result<std::unique_ptr<Operation>> ExecDriver::operation(const TargetSettings& target) {
  SB_ASSIGN(ExecTarget parsed, parse_exec_target(target, nullptr, context_.command_runner));
  return std::unique_ptr<Operation>(
      std::make_unique<ExecOperation>(std::move(parsed), context_.clock));
}

Result<std::unique_ptr<Signal>> ExecDriver::signal(const TargetSettings& target,
                                                   const std::string& /*kind*/,
                                                   const DriverOptions& options) {
  SB_ASSIGN(ExecTarget parsed, parse_exec_target(target, nullptr, context_.command_runner));
  SB_TRY(parse_exec_request(parsed, options));
  return std::unique_ptr<Signal>(
      std::make_unique<ExecSignal>(std::move(parsed), options, context_.clock));
}

Result<std::unique_ptr<Feed>> ExecDriver::watch(const TargetSettings& target,
                                                const CollectionSettings&, Role) {
  return only_operations(target);
}

}  // namespace sideband
