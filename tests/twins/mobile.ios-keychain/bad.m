#import "SessionStore.h"

@implementation SessionStore

- (void)keep:(NSString *)token password:(NSString *)password {
    [[NSUserDefaults standardUserDefaults] setObject:token forKey:@"authToken"];  // BAD
    NSUserDefaults *defaults = [NSUserDefaults standardUserDefaults];
    [defaults setValue:password forKey:@"password"];  // BAD
    [defaults setBool:YES forKey:@"loggedIn"];
    [defaults synchronize];
}

@end
