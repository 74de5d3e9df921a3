// The part of apply that is the same for every driver: what to answer for a change, given what the
// target holds now.
#pragma once

#include <optional>
#include <string>

#include "model/change.h"

namespace sideband {

// The outcome of a change that must not reach a target: an unknown state, an op that does not fit
// its states, or states of another shape. Nothing for a sound change.
std::optional<ChangeOutcome> reject_unsound(const Change& change, Shape shape);

// kAlreadyThere where `current` is `want`, kRefused where it is not `found`; nothing where the
// change may go on.
std::optional<ChangeOutcome> judge(const Change& change, const State& current);

// Why a row that was written is taken back: the names of the fields that hold something else than
// what was wanted.
std::string not_kept(const State& want, const State& after);

ChangeOutcome changed();
ChangeOutcome already_there();
ChangeOutcome refused(std::string detail);
ChangeOutcome refused_by_fence();  // by a token newer than the request's
ChangeOutcome failed(std::string detail);
ChangeOutcome failed(const Error& error);  // keeps whether trying again can help
ChangeOutcome unknown_outcome(std::string detail);

}  // namespace sideband
