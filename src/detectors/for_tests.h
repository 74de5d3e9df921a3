// Series and answers as short texts.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "detectors/detector.h"

namespace sideband::detectors {

using Given = std::map<std::string, std::string>;

inline Detector made(const std::string& kind, const Given& settings = {}) {
  auto detector = Detector::make(kind, settings);
  EXPECT_TRUE(detector.ok()) << (detector.ok() ? "" : detector.error().message);
  return std::move(detector).value();
}

inline WallTime at_second(double second) {
  return WallTime(Duration(static_cast<std::int64_t>(second * 1e6)));
}

// "SECOND:VALUE ..." as points; "-" is no value.
inline std::vector<Point> points_of(const std::string& text) {
  std::vector<Point> points;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t colon = word.find(':');
    Point point{at_second(std::stod(word.substr(0, colon))), std::nullopt};
    if (word.substr(colon + 1) != "-") point.value = std::strtod(word.c_str() + colon + 1, nullptr);
    points.push_back(point);
  }
  return points;
}

// One letter for each answer: "?" unknown, "." clear, "F" firing.
inline std::string answers(Detector& detector, const std::vector<Point>& points) {
  std::string text;
  for (const Point& point : points) {
    text += "?.F"[static_cast<std::size_t>(detector.observe(point).state)];
  }
  return text;
}

}  // namespace sideband::detectors
