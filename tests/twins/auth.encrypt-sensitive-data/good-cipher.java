import java.security.Key;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

final class Sealing {
    byte[] first(Key key, byte[] text) throws Exception {
        byte[] start = new byte[12];
        new SecureRandom().nextBytes(start);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, start));
        return cipher.doFinal(text);
    }

    byte[] wrapped(Key key, byte[] other) throws Exception {
        Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPWithSHA-256AndMGF1Padding");
        cipher.init(Cipher.ENCRYPT_MODE, key);
        return cipher.doFinal(other);
    }
}
