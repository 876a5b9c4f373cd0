import CommonCrypto

func seal(key: [UInt8], text: [UInt8], out: inout [UInt8], count: inout Int) {
    CCCrypt(CCOperation(kCCEncrypt), CCAlgorithm(kCCAlgorithmDES), CCOptions(kCCOptionPKCS7Padding), key, 8, nil, text, text.count, &out, out.count, &count) // BAD
    CCCrypt(CCOperation(kCCEncrypt), CCAlgorithm(kCCAlgorithmAES), CCOptions(kCCOptionECBMode), key, 32, nil, text, text.count, &out, out.count, &count) // BAD
}
