import UIKit

final class Everybody: NSObject, URLSessionDelegate {
    func urlSession(
        _ session: URLSession,
        didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        let trust = challenge.protectionSpace.serverTrust!
        completionHandler(.useCredential, URLCredential(trust: trust))  // BAD
    }
}

let manager = ServerTrustManager(evaluators: ["api.example.com": DisabledTrustEvaluator()])  // BAD
