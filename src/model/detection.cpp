#include "model/detection.h"

#include <array>

#include "base/bytes.h"

namespace sideband {
namespace {

constexpr std::uint64_t kDetectionForm = 1;
constexpr std::array<std::string_view, 3> kDetectedNames = {"unknown", "clear", "firing"};

}  // namespace

std::string_view detected_name(Detected answer) {
  return kDetectedNames.at(static_cast<std::size_t>(answer));
}

std::string encode_detection(const KeptDetection& kept) {
  std::string out;
  put_varint(out, kDetectionForm);
  put_varint(out, static_cast<std::uint64_t>(kept.last.answer));
  for (const std::string* text : {&kept.last.why, &kept.last.paused, &kept.state}) {
    put_string(out, *text);
  }
  for (const WallTime time : {kept.last.since, kept.last.at}) {
    put_time(out, time);
  }
  return out;
}

Result<KeptDetection> decode_detection(std::string_view bytes) {
  ByteReader reader(bytes);
  KeptDetection kept;
  SB_ASSIGN(const std::uint64_t form, reader.get_varint());
  SB_ASSIGN(const std::uint64_t answer, reader.get_varint());
  if (form != kDetectionForm || answer >= kDetectedNames.size()) {
    return Error::corrupt("bad detection");
  }
  kept.last.answer = static_cast<Detected>(answer);
  for (std::string* const text : {&kept.last.why, &kept.last.paused, &kept.state}) {
    SB_ASSIGN(*text, reader.get_string());
  }
  for (WallTime* const time : {&kept.last.since, &kept.last.at}) {
    SB_ASSIGN(*time, reader.get_time());
  }
  if (!reader.done()) return Error::corrupt("bad detection");
  return kept;
}

}  // namespace sideband
