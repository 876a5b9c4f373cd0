import Foundation

func fits(name: String) throws -> Bool {
    let shape = try NSRegularExpression(pattern: "^(\\w+\\s?)*$") // BAD
    return shape.firstMatch(in: name, range: NSRange(name.startIndex..., in: name)) != nil
}
