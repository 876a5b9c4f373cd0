package bank.otp

import org.springframework.http.ResponseEntity
import org.springframework.web.bind.annotation.PostMapping
import org.springframework.web.bind.annotation.RequestParam
import org.springframework.web.bind.annotation.RestController
import java.security.SecureRandom

@RestController
class CodeApi(private val texts: TextSender) {
    private val dice = SecureRandom()

    @PostMapping("/codes")
    fun ask(@RequestParam phone: String): ResponseEntity<Map<String, Any>> {
        val verificationCode = dice.nextInt(900000) + 100000
        texts.send(phone, verificationCode)
        return ResponseEntity.ok(mapOf("sent" to true, "verificationCodeLength" to 6))
    }
}
