#import "SessionStore.h"
#import <Security/Security.h>

@implementation SessionStore

- (void)keep:(NSString *)token {
    NSMutableDictionary *fields = [NSMutableDictionary dictionary];
    [fields setObject:token forKey:@"token"];
    [[NSUserDefaults standardUserDefaults] setObject:nil forKey:@"authToken"];
    [[NSUserDefaults standardUserDefaults] setObject:@"dark" forKey:@"theme"];
    // [defaults setObject:token forKey:@"authToken"];
    NSDictionary *query = @{(id)kSecClass: (id)kSecClassGenericPassword,
                            (id)kSecAttrAccessible: (id)kSecAttrAccessibleWhenUnlockedThisDeviceOnly,
                            (id)kSecValueData: [token dataUsingEncoding:NSUTF8StringEncoding]};
    SecItemAdd((CFDictionaryRef)query, NULL);
}

@end
