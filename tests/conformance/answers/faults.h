// Every fault that is tried on one conversation, from what the server said in it.
#pragma once

#include <vector>

#include "support/hostile_proxy.h"

namespace sideband {

// For each byte: a cut, a stall, several other bytes in its place, lost and doubled stretches. The
// same list for the same conversation.
std::vector<AnswerFault> faults_of_bytes(const std::vector<HeardAnswer>& heard);

// Each flood at some places.
std::vector<AnswerFault> floods_of(const std::vector<HeardAnswer>& heard,
                                   const std::vector<std::string>& floods);

// So many of them, from everywhere and always the same ones; all where there are fewer.
std::vector<AnswerFault> sample_of(const std::vector<AnswerFault>& all, std::size_t count);

}  // namespace sideband
