import java.security.Key
import java.security.SecureRandom
import javax.crypto.Cipher
import javax.crypto.spec.GCMParameterSpec

class Sealing {
    fun seal(key: Key, text: ByteArray): ByteArray {
        val start = ByteArray(12)
        SecureRandom().nextBytes(start)
        val cipher = Cipher.getInstance("AES/GCM/NoPadding")
        cipher.init(Cipher.ENCRYPT_MODE, key, GCMParameterSpec(128, start))
        return cipher.doFinal(text)
    }
}
