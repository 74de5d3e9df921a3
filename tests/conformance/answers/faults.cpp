#include "conformance/answers/faults.h"

#include <numeric>

namespace sideband {
namespace {

using Kind = AnswerFault::Kind;

constexpr std::size_t kFloodedPlaces = 8;

// Other bytes for one: flipped bits, and what means something to some protocol.
std::string others_for(char byte) {
  std::string out;
  for (const int flip : {1, 2, 4, 0x20, 0x80}) out += static_cast<char>(byte ^ flip);
  for (const char odd : {'\0', '\xff', '0', '9', '-', '\n'}) {
    if (odd != byte && out.find(odd) == std::string::npos) out += odd;
  }
  return out;
}

void add_at(std::vector<AnswerFault>& faults, const std::string& said, std::size_t at) {
  faults.push_back({Kind::kCut, at});
  faults.push_back({Kind::kStall, at});
  for (const char other : others_for(said[at])) {
    faults.push_back({Kind::kReplace, at, 1, std::string(1, other)});
  }
  for (const std::size_t length : {1, 4, 17}) {
    faults.push_back({Kind::kReplace, at, length, ""});
    if (at >= length) {
      faults.push_back({Kind::kReplace, at, 0, said.substr(at - length, length)});
    }
  }
}

std::string joined(const std::vector<HeardAnswer>& heard) {
  std::string said;
  for (const HeardAnswer& piece : heard) said += piece.bytes;
  return said;
}

}  // namespace

std::vector<AnswerFault> faults_of_bytes(const std::vector<HeardAnswer>& heard) {
  const std::string said = joined(heard);
  std::vector<AnswerFault> faults;
  for (std::size_t at = 0; at < said.size(); ++at) add_at(faults, said, at);
  return faults;
}

std::vector<AnswerFault> floods_of(const std::vector<HeardAnswer>& heard,
                                   const std::vector<std::string>& floods) {
  const std::size_t size = joined(heard).size();
  std::vector<AnswerFault> faults;
  for (std::size_t place = 0; place < kFloodedPlaces; ++place) {
    for (const std::string& flood : floods) {
      faults.push_back({Kind::kFlood, size * place / kFloodedPlaces, 0, flood});
    }
  }
  return faults;
}

std::vector<AnswerFault> sample_of(const std::vector<AnswerFault>& all, std::size_t count) {
  if (all.size() <= count) return all;
  // Steps of the golden section are spread evenly, however many are made.
  std::size_t step = all.size() * 618 / 1000;
  while (std::gcd(step, all.size()) != 1) ++step;
  std::vector<AnswerFault> sample;
  for (std::size_t i = 0; i < count; ++i) sample.push_back(all[i * step % all.size()]);
  return sample;
}

}  // namespace sideband
