#include "drivers/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace sideband {
namespace {

bool op_fits(const Change& change) {
  switch (change.op) {
    case ChangeOp::kCreate:
      return !change.found.present() && change.want.present();
    case ChangeOp::kUpdate:
      return change.found.present() && change.want.present();
    case ChangeOp::kDelete:
      return change.found.present() && !change.want.present();
  }
  return false;
}

bool shape_fits(const State& state, Shape shape) {
  return !state.present() || state.shape == shape;
}

}  // namespace

ChangeOutcome changed() {
  return {Outcome::kChanged, false, {}};
}
ChangeOutcome already_there() {
  return {Outcome::kAlreadyThere, false, {}};
}
ChangeOutcome refused(std::string detail) {
  return {Outcome::kRefused, false, std::move(detail)};
}
ChangeOutcome refused_by_fence() {
  return {Outcome::kFenced, false, "the target has seen a newer fencing token"};
}

ChangeOutcome failed(std::string detail) {
  return {Outcome::kFailed, false, std::move(detail)};
}
ChangeOutcome failed(const Error& error) {
  return {Outcome::kFailed, false, error.message, error.retry, {}, error.said};
}
ChangeOutcome unknown_outcome(std::string detail) {
  return {Outcome::kUnknown, false, std::move(detail)};
}

std::optional<ChangeOutcome> reject_unsound(const Change& change, Shape shape) {
  if (!change.found.known()) return failed("the change does not say which state was found");
  if (!change.want.known()) return failed("the change does not say which state is wanted");
  if (!op_fits(change)) return failed("the change's op does not fit its states");
  if (!shape_fits(change.found, shape) || !shape_fits(change.want, shape)) {
    return failed(shape == Shape::kBytes ? "this collection holds bytes, the change has fields"
                                         : "this collection holds fields, the change has bytes");
  }
  return std::nullopt;
}

std::string not_kept(const State& want, const State& after) {
  const auto wanted = decode_fields(want.present() ? want.bytes : std::string());
  const auto kept = decode_fields(after.present() ? after.bytes : std::string());
  if (!after.present() || !wanted || !kept)
    return "the table would not keep the row as it is wanted";
  std::set<std::string> names;
  std::vector<std::pair<std::string, std::string>> differing;
  std::set_symmetric_difference(wanted->begin(), wanted->end(), kept->begin(), kept->end(),
                                std::back_inserter(differing));
  for (const auto& [name, value] : differing) names.insert("'" + name + "'");
  return fmt::format(
      "the table would keep another value than the one wanted in {} {}: it is "
      "computed there, or a trigger changes it",
      names.size() == 1 ? "column" : "columns", fmt::join(names, ", "));
}

std::optional<ChangeOutcome> judge(const Change& change, const State& current) {
  if (!current.known()) return refused("the current state is not known: " + current.why);
  if (current.same_as(change.want)) return already_there();
  if (current.same_as(change.found)) return std::nullopt;
  return refused(current.present() ? "the target holds another state than the one judged"
                                   : "the target no longer holds it");
}

}  // namespace sideband
