package shop.auth

import javax.crypto.Cipher
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder

object TokenBox {
    private const val MODE = "AES/GCM/NoPadding"
    val words = Argon2PasswordEncoder.defaultsForSpringSecurity_v5_8()

    fun sealToken(token: String, key: ByteArray, nonce: ByteArray): ByteArray {
        val box = Cipher.getInstance(MODE)
        box.init(Cipher.ENCRYPT_MODE, SecretKeySpec(key, "AES"), GCMParameterSpec(128, nonce))
        return box.doFinal(token.toByteArray())
    }
}
