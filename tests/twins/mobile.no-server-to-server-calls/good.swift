import UIKit

enum Backends {
    static let shop = URL(string: "https://api.example.com")!
    static let printer = "http://printer.local:631/ipp"
    static let loopback = "http://127.0.0.1:8080"
    static let sdk = "https://graph.facebook.com/v19.0"
}
