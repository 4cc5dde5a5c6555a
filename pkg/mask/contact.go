package mask

// contactMaskers are what somebody can be reached by, or traced with.
func contactMaskers() []entry {
	return []entry{
		{Info: emailInfo(), traits: emailTraits, bind: bindEmail},
		{Info: phoneInfo(), traits: phoneTraits, bind: bindPhone},
		{Info: urlInfo(), traits: urlTraits, bind: bindURL},
		{Info: domainNameInfo(), traits: domainNameTraits, bind: bindDomainName},
		{Info: webhookInfo(), traits: webhookTraits, bind: bindWebhook},
		{Info: ipInfo(), traits: ipTraits, bind: bindIP},
		{Info: macInfo(), traits: macTraits, bind: bindMAC},
		{Info: userAgentInfo(), traits: userAgentTraits, bind: bindUserAgent},
		{Info: pushTokenInfo(), traits: pushTokenTraits, bind: bindPushToken},
		{Info: socialHandleInfo(), traits: socialHandleTraits, bind: bindSocialHandle},
	}
}
