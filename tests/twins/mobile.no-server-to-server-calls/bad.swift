import UIKit

enum Backends {
    static let orders = URL(string: "http://orders.default.svc.cluster.local:8080")!  // BAD
    static let texts = "https://api.twilio.com/2010-04-01/Accounts"  // BAD
    static let shop = "https://api.example.com"
}
